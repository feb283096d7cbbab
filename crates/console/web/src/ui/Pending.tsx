import type { Query } from "../api/query";
import { Failure } from "./Banner";
import { Skeleton } from "./Empty";

/** What stands where something is loaded: why it failed, or its shape while it is on its way. */
export function Pending({ of, lines = 3, block = false, bare }: { of: Query<unknown>; lines?: number; block?: boolean; bare?: boolean }) {
  const error = of.error.value;
  return <>{Boolean(error) && <Failure error={error} retry={of.reload} />}{!bare && of.waiting.value && <Skeleton lines={lines} block={block} />}</>;
}
