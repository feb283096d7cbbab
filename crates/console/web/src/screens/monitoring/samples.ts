// What is measured, as it is measured: `WS /api/v1/monitoring/ws`. Without a socket nothing comes, and charts are asked for.
import { signal } from "@preact/signals";
import { open } from "../../api/live";
import { online } from "../../api/http";

export interface Sample {
  at: number;
  replica: string;
  v: Record<string, number>;
}

type Frame = { type: "subscribed" } | { type: "sample"; data: Sample } | { type: "alert" | "anomaly" | "pong" | "error" };

/** Samples come. */
export const flowing = signal(false);
const LONGEST = 30_000;

/** Calls `heard` for each sample until the answer is called. */
export function watch(heard: (sample: Sample) => void): () => void {
  let socket: WebSocket | null = null;
  let isOver = false;
  let pause = 500;
  let timer = 0;
  const again = () => {
    if (isOver) return;
    timer = window.setTimeout(() => void connect(), pause * (0.5 + Math.random()));
    pause = Math.min(pause * 2, LONGEST);
  };
  const connect = async () => {
    if (!online.peek()) return again();
    try {
      const opened = await open("/api/v1/monitoring/ws");
      if (isOver) return opened.close(1000);
      socket = opened;
      opened.onopen = () => opened.send(JSON.stringify({ type: "subscribe", series: ["*"] }));
      opened.onmessage = ({ data: text }: MessageEvent<string>) => {
        const frame = JSON.parse(text) as Frame;
        if (frame.type === "subscribed") {
          flowing.value = true;
          pause = 500;
        } else if (frame.type === "sample") heard(frame.data);
      };
      opened.onclose = ({ code }) => {
        if (socket !== opened) return;
        socket = null;
        flowing.value = false;
        if (code === 4429) pause = LONGEST;
        again();
      };
    } catch {
      again();
    }
  };
  void connect();
  return () => {
    isOver = true;
    clearTimeout(timer);
    flowing.value = false;
    const old = socket;
    socket = null;
    old?.close(1000);
  };
}
