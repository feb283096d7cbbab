DROP TABLE file_shares;
DROP TABLE file_usage;
DROP TABLE files;
DROP TABLE blob_variants;
DROP TABLE blobs;
