import { wordFor, words } from "../../words";
import type { Tone } from "../../ui/Badge";
import { terms } from "../../words/terms";

export const t = { ...terms, ...words({
  add: ["Add a comment", "Ajouter un commentaire", "添加评论"],
  assignee: ["Assignee", "Responsable", "负责人"],
  attach: ["Attach a file", "Joindre un fichier", "添加附件"],
  attachments: ["Attachments", "Pièces jointes", "附件"],
  board: ["Board", "Tableau", "看板"],
  boardLimit: ["The board shows the first {n} tasks; filter for fewer.", "Le tableau affiche les {n} premières tâches ; filtrez pour en voir moins.", "看板显示前 {n} 个任务；请使用筛选缩小范围。"],
  comments: ["Comments", "Commentaires", "评论"],
  completed: ["Completed", "Terminée", "已完成"],
  create: ["New task", "Nouvelle tâche", "新建任务"],
  created: ["Created", "Créée", "创建时间"],
  deleted: ["Task deleted", "Tâche supprimée", "任务已删除"],
  deletedMany: [["{n} task deleted", "{n} tasks deleted"], ["{n} tâche supprimée", "{n} tâches supprimées"], "已删除 {n} 个任务"],
  deleteMany: [["Delete {n} task?", "Delete {n} tasks?"], ["Supprimer {n} tâche ?", "Supprimer {n} tâches ?"], "删除 {n} 个任务？"],
  deleteText: ["It can be restored for some time.", "La restauration reste possible pendant un certain temps.", "在一段时间内可以恢复。"],
  due: ["Due", "Échéance", "截止时间"],
  in_progress: ["In progress", "En cours", "进行中"],
  list: ["List", "Liste", "列表"],
  medium: ["Medium", "Moyenne", "中"],
  moveTo: ["Move to {status}", "Déplacer vers {status}", "移到“{status}”"],
  noComments: ["No comments yet.", "Aucun commentaire.", "还没有评论。"],
  noFiles: ["No files yet.", "Aucun fichier.", "还没有文件。"],
  none: ["No tasks yet", "Aucune tâche", "还没有任务"],
  noneFound: ["No task matches these filters", "Aucune tâche ne correspond à ces filtres", "没有符合筛选条件的任务"],
  overdue: ["Overdue", "En retard", "已逾期"],
  pending: ["Pending", "À faire", "待处理"],
  restored: ["Task restored", "Tâche restaurée", "任务已恢复"],
  search: ["Search tasks", "Rechercher des tâches", "搜索任务"],
  send: ["Comment", "Commenter", "发表评论"],
  tags: ["Tags", "Étiquettes", "标签"],
  tagsHint: ["Separated by commas.", "Séparées par des virgules.", "用逗号分隔。"],
  title: ["Title", "Titre", "标题"],
}) };

export const STATUSES = ["pending", "in_progress", "completed"] as const;
export const PRIORITIES = ["low", "medium", "high"] as const;

export function wordOf(value: string): string {
  return wordFor(t, value);
}

export function statusTone(status: string): Tone {
  return status === "completed" ? "ok" : status === "in_progress" ? "info" : "neutral";
}

export function priorityTone(priority: string): Tone {
  return priority === "high" ? "warn" : "plain";
}
