// Drawn on a grid of 16, strokes of 1.5.
const PATHS = {
  alert: "M8 2.5l6 11H2zM8 6.5v3M8 11.6v.2",
  bell: "M4 11V7a4 4 0 018 0v4l1.2 1.5H2.8zM6.6 14.2h2.8",
  book: "M3 2.5h8.5A1.5 1.5 0 0113 4v9.5H4.5A1.5 1.5 0 013 12zM3 12a1.5 1.5 0 011.5-1.5H13",
  box: "M8 1.8l5.5 3v6.4L8 14.2l-5.5-3V4.8zM2.5 4.8L8 7.8l5.5-3M8 7.8v6.4",
  chart: "M2.5 2.5v11h11M5 10.5l2.5-3 2 1.8 3.5-4.5",
  chat: "M2.5 3h11v8h-6l-3 2.8V11h-2z",
  check: "M3 8.5l3.2 3.2L13 4.8",
  clock: "M8 2a6 6 0 100 12A6 6 0 008 2zM8 4.8V8l2.2 1.6",
  close: "M4 4l8 8M12 4l-8 8",
  code: "M5.5 4.5L2 8l3.5 3.5M10.5 4.5L14 8l-3.5 3.5",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  down: "M4 6l4 4 4-4",
  download: "M8 2.5v8M4.8 7.5L8 10.7l3.2-3.2M2.5 13.5h11",
  file: "M3.5 1.8H9l3.5 3.5v8.9h-9zM9 1.8v3.5h3.5",
  gear: "M8 5.8a2.2 2.2 0 100 4.4 2.2 2.2 0 000-4.4zM8 1.8v2M8 12.2v2M1.8 8h2M12.2 8h2M3.6 3.6L5 5M11 11l1.4 1.4M3.6 12.4L5 11M11 5l1.4-1.4",
  globe: "M8 2a6 6 0 100 12A6 6 0 008 2zM2 8h12M8 2c3.5 3.5 3.5 8.5 0 12M8 2C4.5 5.5 4.5 10.5 8 14",
  grid: "M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z",
  hook: "M8 5.5a2 2 0 10-2 2l-2.2 4M8 9.5l-2-4M8 9.5a2 2 0 103.2 2.5M6.5 12H11",
  info: "M8 2a6 6 0 100 12A6 6 0 008 2zM8 7.2v3.6M8 5v.2",
  key: "M10.5 2.5a3 3 0 11-2.3 4.9L3 12.6v1h2v-1.5h1.5V10.5L8.2 8.8",
  list: "M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.2M2.5 8h.2M2.5 12h.2",
  menu: "M2.5 4h11M2.5 8h11M2.5 12h11",
  more: "M3.5 8h.2M8 8h.2M12.5 8h.2",
  out: "M9.5 2.5h-7v11h7M6.5 8h7M11 5.5L13.5 8 11 10.5",
  pause: "M5.5 3v10M10.5 3v10",
  play: "M4.5 2.8l8 5.2-8 5.2z",
  plus: "M8 3v10M3 8h10",
  refresh: "M13 8a5 5 0 11-1.5-3.5M13 2.5v3h-3",
  search: "M7 2.5a4.5 4.5 0 100 9 4.5 4.5 0 000-9zM10.4 10.4l3.2 3.2",
  shield: "M8 1.8l5 2v4c0 3-2 5.2-5 6.4-3-1.2-5-3.4-5-6.4v-4z",
  sun: "M8 5a3 3 0 100 6 3 3 0 000-6zM8 1.5v1.5M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1",
  task: "M2.5 2.5h11v11h-11zM5.2 8.2l2 2 3.6-4.2",
  trash: "M2.8 4.5h10.4M6 4.5v-2h4v2M4.2 4.5l.6 9h6.4l.6-9",
  up: "M4 10l4-4 4 4",
  upload: "M8 10.5v-8M4.8 5.7L8 2.5l3.2 3.2M2.5 13.5h11",
  user: "M8 2.5a2.8 2.8 0 100 5.6 2.8 2.8 0 000-5.6zM2.8 13.8c.6-2.8 2.6-4.2 5.2-4.2s4.6 1.4 5.2 4.2",
  users: "M6 3a2.5 2.5 0 100 5 2.5 2.5 0 000-5zM1.5 13.2C2 10.8 3.7 9.7 6 9.7s4 1.1 4.5 3.5M10.5 3.2a2.5 2.5 0 010 4.6M12 10c1.4.5 2.2 1.6 2.5 3.2",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5"
      stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Mark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <path d="M16 2l12 7v14l-12 7-12-7V9z" fill="currentColor" />
      <path d="M16 9l6 3.5v7L16 23l-6-3.5v-7z" fill="none" stroke="var(--ground)" stroke-width="2.5" stroke-linejoin="round" />
    </svg>
  );
}
