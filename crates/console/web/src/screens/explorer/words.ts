import { words } from "../../words";
import { terms } from "../../words/terms";

export const t = { ...terms, ...words({
  answer: ["Answer", "Réponse", "响应"],
  binary: ["{type}, {size}", "{type}, {size}", "{type}，{size}"],
  body: ["Body", "Corps", "请求体"],
  choose: ["Choose an operation", "Choisissez une opération", "选择一个操作"],
  chooseText: ["The list comes from the document of this server. What your permissions forbid is not in it.", "La liste provient du document de ce serveur. Ce que vos permissions interdisent n’y figure pas.", "列表来自本服务器的文档，您无权执行的操作不会显示。"],
  filter: ["Filter operations", "Filtrer les opérations", "筛选操作"],
  headers: ["Headers", "En-têtes", "响应头"],
  invalid: ["This is not valid JSON: {why}", "Ce JSON n’est pas valide : {why}", "JSON 无效：{why}"],
  operations: [["{n} operation", "{n} operations"], ["{n} opération", "{n} opérations"], "{n} 个操作"],
  parameters: ["Parameters", "Paramètres", "参数"],
  permission: ["Needs {permission}", "Nécessite {permission}", "需要 {permission}"],
  required: ["required", "obligatoire", "必填"],
  sure: ["Send {method} {path}?", "Envoyer {method} {path} ?", "发送 {method} {path}？"],
  sureText: ["This call deletes something.", "Cet appel supprime quelque chose.", "此调用会删除内容。"],
  socket: ["A WebSocket or a stream: open it with a program, for example with the command below.", "Un WebSocket ou un flux : ouvrez-le avec un programme, par exemple avec la commande ci-dessous.", "WebSocket 或数据流：请用程序打开，例如使用下面的命令。"],
}) };
