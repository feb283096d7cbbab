import { wordFor, words } from "../../words";
import type { Tone } from "../../ui/Badge";
import { terms } from "../../words/terms";

const said = { ...terms, ...words({
  above: ["above", "au-dessus de", "高于"],
  ack: ["Acknowledge", "Prendre en compte", "确认"],
  acked: ["acknowledged", "prise en compte", "已确认"],
  alerts: ["Alerts", "Alertes", "告警"],
  anomaly: ["unusual for the hour", "inhabituel pour l’heure", "异于该时段常态"],
  below: ["below", "au-dessous de", "低于"],
  cause: ["Busy at that time", "Actif à ce moment", "当时的负载来源"],
  charts: ["Charts", "Graphiques", "图表"],
  clear: ["Clear below", "Fin au-dessous de", "恢复阈值"],
  clearFor: ["Clear for, seconds", "Fin pendant, secondes", "恢复持续秒数"],
  condition: ["Fires when", "Se déclenche si", "触发条件"],
  create: ["New rule", "Nouvelle règle", "新建规则"],
  critical: ["Critical", "Critique", "严重"],
  deleteOne: ["Delete the rule “{name}”?", "Supprimer la règle « {name} » ?", "删除规则“{name}”？"],
  deleteText: ["Its open alerts are resolved.", "Ses alertes ouvertes sont closes.", "其未关闭的告警将被解除。"],
  firing: ["Firing", "Active", "触发中"],
  flapping: ["flapping", "instable", "抖动"],
  heldFor: ["For, seconds", "Pendant, secondes", "持续秒数"],
  info: ["Info", "Info", "信息"],
  missing: ["Without an answer: {names}", "Sans réponse : {names}", "未响应：{names}"],
  none: ["No alerts", "Aucune alerte", "没有告警"],
  noneCharts: ["No samples in this time", "Aucune mesure sur cette période", "该时段没有数据"],
  noneRules: ["No rules yet", "Aucune règle", "还没有规则"],
  off: ["off", "désactivée", "关闭"],
  on: ["on", "active", "开启"],
  pending: ["Pending", "En attente", "待定"],
  repeat: ["Remind every, seconds", "Rappel toutes les, secondes", "提醒间隔秒数"],
  resolved: ["Resolved", "Résolue", "已恢复"],
  rules: ["Rules", "Règles", "规则"],
  series: ["Series", "Série", "指标"],
  seriesHint: ["A name such as cpu.total, or a group such as disk.*", "Un nom tel que cpu.total, ou un groupe tel que disk.*", "如 cpu.total 的名称，或 disk.* 的分组"],
  severity: ["Severity", "Gravité", "级别"],
  silence: ["Silence for an hour", "Silence d’une heure", "静默一小时"],
  silenced: ["silent until {time}", "silencieuse jusqu’au {time}", "静默至 {time}"],
  since: ["Since", "Depuis", "开始于"],
  step: ["A point every {step}", "Un point toutes les {step}", "每 {step} 一个点"],
  threshold: ["Threshold", "Seuil", "阈值"],
  usual: ["Usual for {when}: {name} from {low} to {high}", "Habituel pour {when} : {name} de {low} à {high}", "{when} 的常态：{name} 在 {low} 到 {high} 之间"],
  value: ["Value", "Valeur", "值"],
  warning: ["Warning", "Avertissement", "警告"],
  percent: ["per cent", "pour cent", "百分比"],
  bytes: ["bytes", "octets", "字节"],
  bytes_per_second: ["bytes a second", "octets par seconde", "字节/秒"],
  per_second: ["a second", "par seconde", "每秒"],
  seconds: ["time", "durée", "时长"],
  count: ["number", "nombre", "数量"],
}) };

/** `units` are looked up by what the API says. */
export const t = { ...said, units: said as Record<string, (() => string) | undefined> };

export function wordOf(value: string): string {
  return wordFor(said, value);
}

export function severityTone(severity: string): Tone {
  return severity === "critical" ? "danger" : severity === "warning" ? "warn" : "info";
}
