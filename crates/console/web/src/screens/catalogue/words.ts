import { wordFor, words } from "../../words";
import { terms } from "../../words/terms";

export const t = { ...terms, ...words({
  active: ["Active", "Actif", "在售"],
  all: ["nothing, if one row is bad", "rien, si une ligne est fautive", "如有错误行则全部不导入"],
  amount: ["Change", "Variation", "变动"],
  amountHint: ["Less than 0 for what goes.", "Négatif pour une sortie.", "出库请填负数。"],
  balance: ["In stock", "En stock", "库存"],
  brand: ["Brand", "Marque", "品牌"],
  categories: ["Categories", "Catégories", "分类"],
  category: ["Category", "Catégorie", "分类"],
  choose: ["CSV file", "Fichier CSV", "CSV 文件"],
  column: ["Column", "Colonne", "列"],
  create: ["New product", "Nouveau produit", "新建商品"],
  createCategory: ["New category", "Nouvelle catégorie", "新建分类"],
  currency: ["Currency", "Devise", "货币"],
  deleteText: ["It is taken out of the catalogue.", "Il est retiré du catalogue.", "将从目录中移除。"],
  discontinued: ["Discontinued", "Arrêté", "停产"],
  draft: ["Draft", "Brouillon", "草稿"],
  exportHint: ["As CSV, up to {n} rows", "En CSV, jusqu’à {n} lignes", "导出 CSV，最多 {n} 行"],
  import: ["Import", "Importer", "导入"],
  importHint: ["The first line names the columns: name, category_id, brand, model, description, price, currency, stock, warranty_months …", "La première ligne nomme les colonnes : name, category_id, brand, model, description, price, currency, stock, warranty_months…", "第一行为列名：name, category_id, brand, model, description, price, currency, stock, warranty_months…"],
  importMode: ["With bad rows, import", "S’il y a des lignes fautives, importer", "存在错误行时导入"],
  imported: ["{imported} imported, {updated} updated, {failed} bad", "{imported} importés, {updated} mis à jour, {failed} fautifs", "已导入 {imported}，已更新 {updated}，错误 {failed}"],
  line: ["Row", "Ligne", "行"],
  model: ["Model", "Modèle", "型号"],
  months: ["Warranty, months", "Garantie, mois", "保修月数"],
  movements: ["Stock", "Stock", "库存"],
  movementsNone: ["No movement yet.", "Aucun mouvement.", "还没有变动。"],
  none: ["No products yet", "Aucun produit", "还没有商品"],
  noneCategories: ["No categories yet", "Aucune catégorie", "还没有分类"],
  parent: ["Below", "Sous", "上级"],
  price: ["Price", "Prix", "价格"],
  priceHint: ["In cents: 1999 is 19.99.", "En centimes : 1999 pour 19,99.", "以分为单位：1999 即 19.99。"],
  problem: ["Fault", "Erreur", "错误"],
  reason: ["Reason", "Motif", "原因"],
  record: ["Record", "Enregistrer", "登记"],
  search: ["Search products", "Rechercher des produits", "搜索商品"],
  slug: ["In addresses", "Dans les adresses", "地址标识"],
  stock: ["Stock", "Stock", "库存"],
  valid: ["the good rows", "les lignes correctes", "仅正确的行"],
  website: ["Manufacturer’s website", "Site du fabricant", "厂商网站"],
}) };

export const STATUSES = ["active", "discontinued", "draft"] as const;

export function wordOf(value: string): string {
  return wordFor(t, value);
}
