import { wordFor, words } from "../../words";
import type { Tone } from "../../ui/Badge";
import { terms } from "../../words/terms";

export const t = { ...terms, ...words({
  active: ["Active", "Actif", "正常"],
  admin: ["Administrator", "Administrateur", "管理员"],
  audit: ["Audit", "Audit", "审计"],
  auditNone: ["No entries yet.", "Aucune entrée.", "还没有记录。"],
  bio: ["About", "À propos", "简介"],
  customRoles: ["Further roles", "Rôles supplémentaires", "附加角色"],
  deleteOne: ["Delete the account “{name}”?", "Supprimer le compte « {name} » ?", "删除账户“{name}”？"],
  deleteText: ["Their personal data is removed. What others rely on is kept without a name.", "Les données personnelles sont supprimées. Ce dont d’autres dépendent est conservé sans nom.", "个人数据将被删除，他人依赖的内容会以匿名方式保留。"],
  deleted: ["Account deleted", "Compte supprimé", "账户已删除"],
  email: ["Email", "E-mail", "邮箱"],
  ended: ["Sessions ended", "Sessions terminées", "会话已结束"],
  factorReset: ["Reset the second factor", "Réinitialiser le second facteur", "重置双重验证"],
  factorSure: ["Reset the second factor of “{name}”?", "Réinitialiser le second facteur de « {name} » ?", "重置“{name}”的双重验证？"],
  factorText: ["They can then sign in with the password alone.", "La connexion se fera alors avec le seul mot de passe.", "之后仅凭密码即可登录。"],
  lastLogin: ["Last sign-in", "Dernière connexion", "上次登录"],
  moderator: ["Moderator", "Modérateur", "版主"],
  never: ["never", "jamais", "从未"],
  none: ["No user matches", "Aucun utilisateur ne correspond", "没有符合的用户"],
  provider: ["Signs in with", "Se connecte avec", "登录方式"],
  role: ["Role", "Rôle", "角色"],
  roles: ["Role and permissions", "Rôle et permissions", "角色与权限"],
  search: ["Search users", "Rechercher des utilisateurs", "搜索用户"],
  sessionsNone: ["No open session.", "Aucune session ouverte.", "没有打开的会话。"],
  super_admin: ["Super administrator", "Super-administrateur", "超级管理员"],
  suspend: ["Suspend", "Suspendre", "停用"],
  suspendOne: ["Suspend “{name}”?", "Suspendre « {name} » ?", "停用“{name}”？"],
  suspendText: ["All their sessions and tokens stop within five seconds.", "Toutes ses sessions et tous ses jetons cessent de fonctionner en moins de cinq secondes.", "其所有会话和令牌将在五秒内失效。"],
  suspended: ["Suspended", "Suspendu", "已停用"],
  unsuspend: ["Lift the suspension", "Lever la suspension", "恢复启用"],
  user: ["User", "Utilisateur", "用户"],
  permissions: ["Permissions", "Permissions", "权限"],
}) };

export const ROLES = ["user", "moderator", "admin", "super_admin"] as const;

export function wordOf(value: string): string {
  return wordFor(t, value);
}

export function roleTone(role: string | undefined): Tone {
  return role === "super_admin" || role === "admin" ? "info" : "plain";
}
