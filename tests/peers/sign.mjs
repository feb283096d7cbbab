// Signs and verifies by GitHub's own library. usage: sign.mjs sign SECRET BODY | verify SECRET BODY SIGNATURE
import { sign, verify } from "@octokit/webhooks-methods";

const [what, secret, body, signature] = process.argv.slice(2);
console.log(what === "sign" ? await sign(secret, body) : await verify(secret, body, signature));
