import { render } from "preact";
import { effect } from "@preact/signals";
import { forgetCalls } from "../api/calls";
import { forgetAll } from "../api/query";
import { follow } from "../api/live";
import { start, state } from "../api/session";
import { Questions } from "../ui/Dialog";
import { forgetPeople } from "../ui/People";
import { Toasts } from "../ui/Toast";
import { Shell } from "./Shell";
import { Door } from "./Door";
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/parts.css";
import "../styles/screens.css";

function App() {
  const what = state.value;
  const content = what === "in" ? <Shell /> : what === "out" ? <Door /> : null;
  return <>{content}<Questions /><Toasts /></>;
}

export function boot(): void {
  effect(() => {
    if (state.value !== "out") return;
    forgetAll();
    forgetCalls();
    forgetPeople();
  });
  follow();
  render(<App />, document.getElementById("app") as HTMLElement);
  void start();
}
