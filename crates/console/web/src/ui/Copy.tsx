import { Button } from "./Button";
import { toast } from "./Toast";
import { ui } from "./words";

export function CopyButton({ text, label = ui.copy(), compact = true }: { text: string; label?: string; compact?: boolean }) {
  return (
    <Button icon="copy" compact={compact} onClick={async () => {
      await navigator.clipboard.writeText(text);
      toast(ui.copied());
    }}>{label}</Button>
  );
}

/** A value that is shown once and copied from here. */
export function Secret({ value, label }: { value: string; label: string }) {
  return (
    <div class="stack tight">
      <strong class="small">{label}</strong>
      <pre class="mono" tabIndex={0}>{value}</pre>
      <div><CopyButton text={value} /></div>
    </div>
  );
}
