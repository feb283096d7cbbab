// Two versions of a resource by field: what the person wrote and what was saved meanwhile.
import { useSignal } from "@preact/signals";
import { Banner } from "./Banner";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { differing, type Values, type Versions } from "./versions";
import { ui } from "./words";

export function Conflict({ versions, labels, display = (_, value) => value, onChoose, onCancel }: {
  versions: Versions; labels: Record<string, string>; display?: ((field: string, value: string) => string) | undefined;
  onChoose: (values: Values) => void; onCancel: () => void;
}) {
  const fields = differing(versions);
  const mine = useSignal(new Set(fields.filter((one) => one.mine).map((one) => one.field)));
  const option = (field: string, isMine: boolean) => (
    <td>
      <label>
        <input type="radio" name={`choice-${field}`} checked={mine.value.has(field) === isMine} onChange={() => {
          const next = new Set(mine.peek());
          if (isMine) next.add(field);
          else next.delete(field);
          mine.value = next;
        }} />
        <span>{display(field, (isMine ? versions.yours : versions.theirs)[field] ?? "") || <span class="muted">{ui.none()}</span>}</span>
      </label>
    </td>
  );
  return (
    <Dialog title={ui.staleTitle()} look="wide" onClose={onCancel}>
      <Banner look="warn">{ui.staleText()}</Banner>
      <table class="conflict">
        <thead><tr><th scope="col">{ui.field()}</th><th scope="col">{ui.yours()}</th><th scope="col">{ui.theirs()}</th></tr></thead>
        <tbody>
          {fields.map(({ field }) => (
            <tr key={field}><th scope="row">{labels[field] ?? field}</th>{option(field, true)}{option(field, false)}</tr>
          ))}
        </tbody>
      </table>
      <div class="row">
        <Button look="primary" onClick={() => {
          const chosen = { ...versions.theirs, ...versions.yours };
          for (const { field } of fields) if (!mine.peek().has(field)) chosen[field] = versions.theirs[field] ?? "";
          onChoose(chosen);
        }}>{ui.overwrite()}</Button>
        <Button onClick={onCancel}>{ui.cancel()}</Button>
      </div>
    </Dialog>
  );
}
