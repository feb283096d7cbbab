import { wordFor, words } from "../../words";
import type { Tone } from "../../ui/Badge";
import { terms } from "../../words/terms";

export const t = { ...terms, ...words({
  allow: ["start another one", "en lancer une autre", "再启动一个"],
  args: ["Arguments", "Arguments", "参数"],
  attempt: ["Attempt", "Essai", "尝试"],
  cancel: ["Cancel the job", "Annuler la tâche", "取消任务"],
  concurrency: ["At a time", "Simultanées", "并发数"],
  cron: ["Pattern", "Motif", "时间表达式"],
  cronHint: ["Minute, hour, day, month, weekday; or a name such as @daily.", "Minute, heure, jour, mois, jour de semaine ; ou un nom tel que @daily.", "分、时、日、月、星期；或 @daily 等名称。"],
  due: ["Due", "Prévue", "计划时间"],
  enqueue: ["Enqueue a job", "Mettre une tâche en file", "添加任务"],
  enqueued: ["Job enqueued", "Tâche mise en file", "任务已加入队列"],
  enqueuedAt: ["Enqueued", "Mise en file", "入队时间"],
  error: ["Error", "Erreur", "错误"],
  finished: ["Finished", "Terminée", "完成时间"],
  handed_back: ["Handed back", "Rendue", "已交回"],
  jobs: ["Jobs", "Tâches", "任务"],
  last: ["Last run", "Dernière exécution", "上次运行"],
  lost: ["Lost", "Perdue", "丢失"],
  missed: ["Missed", "Manquées", "错过次数"],
  missedWhat: ["After missed ticks", "Après des déclenchements manqués", "错过触发后"],
  missedLast: ["catch up on the last one", "rattraper le dernier", "补跑最后一次"],
  missedSkip: ["skip them", "les ignorer", "跳过"],
  missedAll: ["catch up on all", "tous les rattraper", "全部补跑"],
  next: ["Next run", "Prochaine exécution", "下次运行"],
  none: ["No jobs", "Aucune tâche", "没有任务"],
  noneQueues: ["No queue has had a job yet", "Aucune file n’a encore eu de tâche", "还没有队列执行过任务"],
  noneSchedules: ["No schedules", "Aucune planification", "没有计划"],
  normal: ["Normal", "Normale", "普通"],
  off: ["off", "désactivée", "关闭"],
  on: ["on", "active", "开启"],
  overlap: ["While one still runs", "Si une exécution est en cours", "仍在运行时"],
  overlapQueue: ["wait for it", "attendre sa fin", "等待其结束"],
  overlapSkip: ["skip the tick", "ignorer le déclenchement", "跳过本次"],
  pause: ["Pause the queue", "Mettre la file en pause", "暂停队列"],
  paused: ["Paused", "En pause", "已暂停"],
  perMinute: ["Per minute", "Par minute", "每分钟"],
  postponed: ["Postponed", "Reportée", "已推迟"],
  preview: ["Next times", "Prochaines dates", "接下来的时间"],
  queue: ["Queue", "File", "队列"],
  queues: ["Queues", "Files", "队列"],
  resume: ["Resume the queue", "Reprendre la file", "恢复队列"],
  retried: [["{n} job is tried again", "{n} jobs are tried again"], ["{n} tâche relancée", "{n} tâches relancées"], "已重试 {n} 个任务"],
  retry: ["Try again", "Relancer", "重试"],
  retryAll: ["Try all again", "Tout relancer", "全部重试"],
  runNow: ["Run now", "Lancer", "立即运行"],
  runOne: ["Run {name} now", "Lancer {name}", "立即运行 {name}"],
  runs: ["Runs", "Exécutions", "运行记录"],
  runsNone: ["It has not run yet.", "Pas encore exécutée.", "尚未运行。"],
  schedule: ["Schedule", "Planification", "计划"],
  schedules: ["Schedules", "Planifications", "计划"],
  succeeded: ["Succeeded", "Réussie", "成功"],
  unlimited: ["no limit", "sans limite", "不限"],
  urgent: ["Urgent", "Urgente", "紧急"],
  worker: ["Worker", "Processus", "工作进程"],
}) };

export const STATES = ["queued", "retrying", "running", "succeeded", "dead", "cancelled", "waiting"] as const;

export function wordOf(value: string): string {
  return wordFor(t, value);
}

export function stateTone(state: string): Tone {
  switch (state) {
    case "succeeded": return "ok";
    case "dead": case "failed": case "lost": return "danger";
    case "retrying": return "warn";
    case "running": return "info";
    default: return "neutral";
  }
}
