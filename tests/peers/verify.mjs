// Verifies by Standard Webhooks' own library. usage: verify.mjs SECRET HEADERS <BODY
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const [secret, headers] = process.argv.slice(2);
try {
  new Webhook(secret).verify(readFileSync(0), JSON.parse(headers));
  console.log(true);
} catch {
  console.log(false);
}
