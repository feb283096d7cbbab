import { wordFor, words } from "../../words";
import { terms } from "../../words/terms";

export const t = { ...terms, ...words({
  attachment: ["Attachment", "Pièce jointe", "附件"],
  audio: ["Audio", "Audio", "音频"],
  avatar: ["Avatar", "Avatar", "头像"],
  createLink: ["Create a link", "Créer un lien", "创建链接"],
  day: ["A day", "Un jour", "一天"],
  deleted: ["File deleted", "Fichier supprimé", "文件已删除"],
  deleteMany: [["Delete {n} file?", "Delete {n} files?"], ["Supprimer {n} fichier ?", "Supprimer {n} fichiers ?"], "删除 {n} 个文件？"],
  deleteText: ["Links to it stop working.", "Les liens vers ce fichier cessent de fonctionner.", "指向该文件的链接将失效。"],
  document: ["Document", "Document", "文档"],
  download: ["Download", "Télécharger", "下载"],
  drop: ["Drop files here, or choose them. A broken upload goes on where it stopped.", "Déposez des fichiers ici ou choisissez-les. Un envoi interrompu reprend où il s’était arrêté.", "将文件拖放到此处或选择文件。中断的上传会从断点继续。"],
  expires: ["Valid for", "Valable", "有效期"],
  export: ["Export", "Export", "导出"],
  failed: ["Failed: {why}", "Échec : {why}", "失败：{why}"],
  filename: ["Name", "Nom", "名称"],
  hash: ["SHA-256", "SHA-256", "SHA-256"],
  hour: ["An hour", "Une heure", "一小时"],
  image: ["Image", "Image", "图片"],
  invoice: ["Invoice", "Facture", "发票"],
  links: ["Links", "Liens", "链接"],
  linksNone: ["No link gives access to this file.", "Aucun lien ne donne accès à ce fichier.", "没有可访问此文件的链接。"],
  manual: ["Manual", "Manuel", "手册"],
  newDocument: ["New document", "Nouveau document", "新建文档"],
  none: ["No files yet", "Aucun fichier", "还没有文件"],
  noneFound: ["No file matches", "Aucun fichier ne correspond", "没有符合的文件"],
  noPreview: ["There is no preview of this kind of file.", "Pas d’aperçu pour ce type de fichier.", "此类文件没有预览。"],
  paused: ["Waiting for the connection", "En attente de connexion", "等待连接"],
  private: ["Private", "Privé", "私有"],
  progress: ["{sent} of {size}", "{sent} sur {size}", "{sent} / {size}"],
  public: ["Public", "Public", "公开"],
  report: ["Report", "Rapport", "报告"],
  rowsHint: ["One row a line, cells apart by commas; the first line names the columns.", "Une ligne par rangée, cellules séparées par des virgules ; la première nomme les colonnes.", "每行一条记录，以逗号分隔；首行为列名。"],
  rowsOf: ["Rows", "Lignes", "行"],
  search: ["Search files", "Rechercher des fichiers", "搜索文件"],
  share: ["Share", "Partager", "分享"],
  size: ["Size", "Taille", "大小"],
  stored: ["Uploaded", "Envoyé", "已上传"],
  table: ["Table", "Tableau", "表格"],
  text: ["Text", "Texte", "正文"],
  textHint: ["An empty line begins a paragraph.", "Une ligne vide commence un paragraphe.", "空行开始新段落。"],
  title: ["Title", "Titre", "标题"],
  until: ["until {time}", "jusqu’au {time}", "至 {time}"],
  upload: ["Upload", "Envoyer", "上传"],
  uploaded: ["Uploaded", "Envoyé le", "上传时间"],
  uploads: ["Uploads", "Envois", "上传"],
  visibility: ["Visibility", "Visibilité", "可见性"],
  warranty: ["Warranty", "Garantie", "保修"],
  week: ["A week", "Une semaine", "一周"],
}) };

export const TYPES = ["document", "image", "audio", "manual", "warranty", "invoice", "attachment", "export", "avatar"] as const;

export function wordOf(value: string): string {
  return wordFor(t, value);
}
