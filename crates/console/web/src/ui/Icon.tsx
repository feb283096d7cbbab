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
  globe: "M8 2a6 6 0 100 12A6 6 0 008 2zM2 8h12M8 2c3.5 3.5 3.5 8.500 0 12M8 2C4.500 5.500 4.500 10.500 8 14",
  grid: "M2.500 2.500h4.500v4.500H2.500zM9 2.500h4.500v4.500H9zM2.500 9h4.500v4.500H2.500zM9 9h4.500v4.500H9z",
  hook: "M8 5.500a2 2 0 10-2 2l-2.200 4M8 9.500l-2-4M8 9.500a2 2 0 103.200 2.500M6.500 12H11",
  info: "M8 2a6 6 0 100 12A6 6 0 008 2zM8 7.200v3.600M8 5v.2",
  key: "M10.500 2.500a3 3 0 11-2.300 4.900L3 12.600v1h2v-1.500h1.500V10.500L8.200 8.800",
  link: "M6.500 9.500l3-3M7 4.500l1.800-1.800a2.800 2.800 0 014 4L11 8.500M9 11.500l-1.800 1.800a2.800 2.800 0 01-4-4L5 7.500",
  list: "M5.500 4h8M5.500 8h8M5.500 12h8M2.500 4h.2M2.500 8h.2M2.500 12h.2",
  menu: "M2.500 4h11M2.500 8h11M2.500 12h11",
  minus: "M3 8h10",
  more: "M3.500 8h.2M8 8h.2M12.500 8h.2",
  out: "M9.500 2.500h-7v11h7M6.500 8h7M11 5.500L13.500 8 11 10.500",
  pause: "M5.500 3v10M10.500 3v10",
  play: "M4.500 2.800l8 5.200-8 5.200z",
  plus: "M8 3v10M3 8h10",
  refresh: "M13 8a5 5 0 11-1.500-3.500M13 2.500v3h-3",
  search: "M7 2.500a4.500 4.500 0 100 9 4.500 4.500 0 000-9zM10.400 10.400l3.200 3.200",
  share: "M8 9.500v-7M5 5l3-3 3 3M3 8.500v5h10v-5",
  shield: "M8 1.800l5 2v4c0 3-2 5.200-5 6.400-3-1.200-5-3.400-5-6.400v-4z",
  sun: "M8 5a3 3 0 100 6 3 3 0 000-6zM8 1.500v1.500M8 13v1.500M1.500 8H3M13 8h1.500M3.400 3.400l1 1M11.600 11.600l1 1M3.400 12.600l1-1M11.600 4.400l1-1",
  task: "M2.500 2.500h11v11h-11zM5.200 8.200l2 2 3.600-4.200",
  trash: "M2.800 4.500h10.400M6 4.500v-2h4v2M4.200 4.500l.6 9h6.400l.6-9",
  up: "M4 10l4-4 4 4",
  upload: "M8 10.500v-8M4.800 5.700L8 2.500l3.200 3.200M2.500 13.500h11",
  user: "M8 2.500a2.800 2.800 0 100 5.600 2.800 2.800 0 000-5.600zM2.800 13.800c.6-2.800 2.600-4.200 5.200-4.200s4.600 1.400 5.200 4.200",
  users: "M6 3a2.500 2.500 0 100 5 2.500 2.500 0 000-5zM1.500 13.200C2 10.800 3.700 9.700 6 9.700s4 1.100 4.500 3.500M10.500 3.200a2.500 2.500 0 010 4.600M12 10c1.400.5 2.200 1.600 2.500 3.200",
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
      <path d="M16 9l6 3.500v7L16 23l-6-3.500v-7z" fill="none" stroke="var(--ground)" stroke-width="2.500" stroke-linejoin="round" />
    </svg>
  );
}
