import { wordFor, words } from "../../words";
import type { Schemas } from "../../api/client";
import type { Tone } from "../../ui/Badge";
import { terms } from "../../words/terms";

export const t = { ...terms, ...words({
  address: ["Address", "Adresse", "地址"],
  amount: ["Amount", "Montant", "金额"],
  attempts: ["Attempts", "Essais", "尝试"],
  behind: [["{n} event behind", "{n} events behind"], ["{n} événement de retard", "{n} événements de retard"], "落后 {n} 个事件"],
  body: ["Body", "Corps", "内容"],
  create: ["New endpoint", "Nouveau point de réception", "新建端点"],
  deleteOne: ["Delete the endpoint {url}?", "Supprimer le point de réception {url} ?", "删除端点 {url}？"],
  deleteText: ["Nothing is sent there any more.", "Plus rien n’y sera envoyé.", "将不再向其发送任何内容。"],
  deliveries: ["Deliveries", "Envois", "投递"],
  deliveriesNone: ["Nothing has been sent yet. A test shows whether the receiver answers.", "Rien n’a encore été envoyé. Un test montre si le destinataire répond.", "还没有发送内容。可通过测试检查接收方是否响应。"],
  disable: ["Disable", "Désactiver", "停用"],
  disabled: ["Disabled", "Désactivé", "已停用"],
  enable: ["Enable", "Activer", "启用"],
  enabled: ["Enabled", "Activé", "已启用"],
  endpoints: ["Endpoints", "Points de réception", "端点"],
  events: ["Events", "Événements", "事件"],
  eventsHint: ["One a line: a type, a group such as task.*, or * for all.", "Un par ligne : un type, un groupe tel que task.*, ou * pour tous.", "每行一个：类型、task.* 这样的分组，或 * 表示全部。"],
  everyones: ["Everyone’s", "De tous", "所有人的"],
  failing: ["Failing", "En échec", "持续失败"],
  headers: ["Headers", "En-têtes", "请求头"],
  ignored: ["Ignored", "Ignoré", "已忽略"],
  lastSuccess: ["Last success", "Dernier succès", "上次成功"],
  mine: ["Yours", "Les vôtres", "您的"],
  none: ["No endpoints yet", "Aucun point de réception", "还没有端点"],
  nonePayments: ["No payments were reported", "Aucun paiement signalé", "没有付款记录"],
  noneReceived: ["Nothing was received", "Rien n’a été reçu", "没有收到内容"],
  object: ["Object", "Objet", "对象"],
  ordered: ["Send in order", "Envoyer dans l’ordre", "按顺序发送"],
  orderedHint: ["An event waits until the one before has arrived or was given up.", "Un événement attend que le précédent soit arrivé ou abandonné.", "前一个事件送达或放弃后再发送下一个。"],
  partially_refunded: ["Partly refunded", "Remboursé en partie", "部分退款"],
  payments: ["Payments", "Paiements", "付款"],
  pending: ["Pending", "En attente", "待发送"],
  processed: ["Processed", "Traité", "已处理"],
  rate: ["Requests a second, at most", "Requêtes par seconde, au plus", "每秒最多请求数"],
  received: ["Received", "Reçus", "已接收"],
  receivedAt: ["Received", "Reçu", "接收时间"],
  reference: ["Reference", "Référence", "参考号"],
  refunded: ["Refunded", "Remboursé", "已退款"],
  refundedAmount: ["Refunded", "Remboursé", "退款金额"],
  replay: ["Send failed ones again", "Renvoyer les échecs", "重新发送失败的投递"],
  replayed: [["{n} event is sent again", "{n} events are sent again"], ["{n} événement renvoyé", "{n} événements renvoyés"], "已重新发送 {n} 个事件"],
  retry: ["Send again", "Renvoyer", "重新发送"],
  rotate: ["New secret", "Nouveau secret", "更换密钥"],
  rotateText: ["The old secret stays valid for a day, so that the receiver can change over.", "L’ancien secret reste valable un jour, le temps que le destinataire bascule.", "旧密钥在一天内仍然有效，便于接收方切换。"],
  secret: ["Signing secret", "Secret de signature", "签名密钥"],
  source: ["Source", "Source", "来源"],
  succeeded: ["Succeeded", "Réussi", "成功"],
  superseded: ["Superseded", "Remplacé", "已被取代"],
  test: ["Send a test", "Envoyer un test", "发送测试"],
  tested: ["A test is on its way", "Un test est en route", "测试已发送"],
  type: ["Type", "Type", "类型"],
}) };

export function wordOf(value: string): string {
  return wordFor(t, value);
}

export function endpointTone(endpoint: Schemas["Endpoint"]): Tone {
  return endpoint.state === "disabled" ? "neutral" : endpoint.failing_since ? "danger" : "ok";
}

export function deliveryTone(state: string): Tone {
  return state === "succeeded" ? "ok" : state === "failed" ? "danger" : state === "pending" ? "warn" : "neutral";
}

export function inboundTone(state: string): Tone {
  return state === "processed" ? "ok" : state === "failed" ? "danger" : state === "received" ? "warn" : "neutral";
}
