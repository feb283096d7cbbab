import { wordFor, words } from "../../words";
import { terms } from "../../words/terms";

export const t = { ...terms, ...words({
  active: ["In use", "En service", "使用中"],
  archived: ["Archived", "Archivé", "已归档"],
  attach: ["Attach a file", "Joindre un fichier", "添加附件"],
  bought: ["Bought", "Acheté le", "购买日期"],
  brand: ["Brand", "Marque", "品牌"],
  broken: ["Broken", "En panne", "已损坏"],
  choose: ["Which product is it?", "Quel produit est-ce ?", "是哪件商品？"],
  create: ["Add a product", "Ajouter un produit", "添加物品"],
  currency: ["Currency", "Devise", "货币"],
  deleteText: ["It goes from your list.", "Il disparaît de votre liste.", "将从您的列表中删除。"],
  expired: ["Warranty over", "Garantie expirée", "已过保"],
  expiring: ["Ends within 30 days", "Expire sous 30 jours", "30 天内到期"],
  files: ["Files", "Fichiers", "文件"],
  filesNone: ["No files are attached to this product.", "Aucun fichier joint à ce produit.", "此商品没有附件。"],
  none: ["You own nothing yet", "Vous ne possédez encore rien", "还没有物品"],
  notes: ["Notes", "Notes", "备注"],
  nothing: ["The catalogue has no such product.", "Le catalogue n’a pas ce produit.", "目录中没有此商品。"],
  over: ["over", "expirée", "已过期"],
  price: ["Price", "Prix", "价格"],
  priceHint: ["In cents: 1999 is 19.99.", "En centimes : 1999 pour 19,99.", "以分为单位：1999 即 19.99。"],
  product: ["Product", "Produit", "商品"],
  serial: ["Serial number", "Numéro de série", "序列号"],
  sold: ["Sold", "Vendu", "已售出"],
  under: ["holds", "en cours", "有效"],
  underWarranty: ["Under warranty", "Sous garantie", "在保"],
  until: ["Warranty until", "Garantie jusqu’au", "保修至"],
  untilHint: ["Without one it follows from the purchase and the product.", "À défaut, elle découle de l’achat et du produit.", "留空则根据购买日期和商品推算。"],
  version: ["Edition", "Édition", "版本"],
  warranty: ["Warranty", "Garantie", "保修"],
}) };

export const STATUSES = ["active", "sold", "broken", "archived"] as const;
/** How it stands with warranties, and what that is called. */
export const FILTERS = { active: t.underWarranty, expiring: t.expiring, expired: t.expired } as const;

export function wordOf(value: string): string {
  return wordFor(t, value);
}
