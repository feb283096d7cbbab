DROP TABLE search_docs_words;
DROP TABLE search_docs;
