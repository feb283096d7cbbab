// The screens, in the order of the side bar. Whatever none of them does, the explorer does.
import type { ComponentType } from "preact";
import type { IconName } from "../ui/Icon";
import { can } from "../api/session";
import { shell } from "./words";

export interface Screen {
  path: string;
  label: () => string;
  icon: IconName;
  group: "work" | "people" | "operate" | "hidden";
  /** One of these permissions shows it. */
  needs: readonly string[];
  load: () => Promise<{ default: ComponentType }>;
}

export const SCREENS: readonly Screen[] = [
  { path: "", label: shell.overview, icon: "grid", group: "work", needs: ["signed-in"], load: () => import("../screens/overview") },
  { path: "tasks", label: shell.tasks, icon: "task", group: "work", needs: ["tasks:read"], load: () => import("../screens/tasks") },
  { path: "files", label: shell.files, icon: "file", group: "work", needs: ["files:read"], load: () => import("../screens/files") },
  { path: "notifications", label: shell.notifications, icon: "bell", group: "work", needs: ["notifications:read"], load: () => import("../screens/notifications") },
  { path: "chat", label: shell.chat, icon: "chat", group: "work", needs: ["chat:read"], load: () => import("../screens/chat") },
  { path: "products", label: shell.products, icon: "shield", group: "work", needs: ["products:read"], load: () => import("../screens/products") },
  { path: "catalogue", label: shell.catalogue, icon: "box", group: "work", needs: ["catalog:manage"], load: () => import("../screens/catalogue") },
  { path: "users", label: shell.users, icon: "users", group: "people", needs: ["users:manage"], load: () => import("../screens/users") },
  { path: "services", label: shell.services, icon: "key", group: "people", needs: ["users:manage", "roles:manage"], load: () => import("../screens/services") },
  { path: "audit", label: shell.audit, icon: "shield", group: "people", needs: ["audit:read"], load: () => import("../screens/audit") },
  { path: "monitoring", label: shell.monitoring, icon: "chart", group: "operate", needs: ["monitoring:read"], load: () => import("../screens/monitoring") },
  { path: "jobs", label: shell.jobs, icon: "clock", group: "operate", needs: ["jobs:manage"], load: () => import("../screens/jobs") },
  { path: "webhooks", label: shell.webhooks, icon: "hook", group: "operate", needs: ["webhooks:write"], load: () => import("../screens/webhooks") },
  { path: "settings", label: shell.settings, icon: "gear", group: "operate", needs: ["monitoring:read"], load: () => import("../screens/settings") },
  { path: "explorer", label: shell.explorer, icon: "code", group: "operate", needs: ["signed-in"], load: () => import("../screens/explorer") },
  { path: "account", label: shell.account, icon: "user", group: "hidden", needs: ["session"], load: () => import("../screens/account") },
  { path: "gallery", label: shell.gallery, icon: "grid", group: "hidden", needs: ["public"], load: () => import("../screens/gallery") },
];

export function visible(screen: Screen): boolean {
  return screen.needs.some(can);
}

export function screenOf(path: string): Screen | undefined {
  const first = path.split("/")[0] ?? "";
  return SCREENS.find((screen) => screen.path === first);
}
