// The client: every operation of the API, with sign-in, what keeps it signed in, and uploads of any size.

import { ApiError, Conflict, NetworkError, SecondFactorNeeded, ServerError } from "./errors.js";
import type {
  FileType,
  FileVisibility,
  Login,
  LoginAnswer,
  StoredFile,
  Tokens,
  UploadSession,
  VerifySecondFactor,
} from "./models.js";
import { Operations } from "./operations.js";
import { sleep } from "./sleep.js";
import type { CallOptions, Reply } from "./transport.js";

const CHUNK_BYTES = 8 * 1024 * 1024;
// Tries in a row in which no byte arrived.
const TRIES = 5;

export interface UploadOptions extends CallOptions {
  /** The name of the file; that of a `File` when not given. */
  filename?: string;
  type?: FileType;
  visibility?: FileVisibility;
  task_id?: number;
  product_id?: number;
  /** Called with the bytes that have arrived, and with all. */
  onProgress?: (arrived: number, length: number) => void;
}

/** A connection to a server. */
export class Client extends Operations {
  /**
   * Signs in, and stays signed in: an access token that has expired is replaced. Throws `SecondFactorNeeded` for an
   * account with a second factor.
   */
  async login(credentials: Login): Promise<Tokens> {
    const reply = await this.data<LoginAnswer>({
      method: "POST",
      path: "/api/v1/auth/login",
      json: credentials,
      anonymous: true,
    });
    if ("mfa_token" in reply.data) throw new SecondFactorNeeded(reply.data.mfa_token);
    this.setTokens(reply.data);
    return reply.data;
  }

  /** Completes a sign-in with a code of the device, or a recovery code. */
  async verifySecondFactor(mfaToken: string, code: string): Promise<Tokens> {
    const json: VerifySecondFactor = { mfa_token: mfaToken, code };
    const reply = await this.data<Tokens>({ method: "POST", path: "/api/v1/auth/2fa/verify", json, anonymous: true });
    this.setTokens(reply.data);
    return reply.data;
  }

  /** Ends the session on the server and forgets its tokens. */
  async logout(): Promise<void> {
    await this.authLogout();
    this.setTokens(undefined);
  }

  /** Announces an upload. Keep its `id` to go on with `resumeUpload`, also in another process. */
  async startUpload(content: Blob, options: UploadOptions = {}): Promise<Reply<UploadSession>> {
    const filename = options.filename ?? (content instanceof File ? content.name : "file");
    const metadata = [`filename ${base64(filename)}`];
    if (content.type) metadata.push(`filetype ${base64(content.type)}`);
    const { type, visibility, task_id, product_id, signal } = options;
    return this.filesUploadsCreate(
      {
        upload_length: content.size,
        upload_metadata: metadata.join(","),
        type,
        visibility,
        task_id,
        product_id,
      },
      { signal },
    );
  }

  /** Sends what the server doesn't have yet, in pieces, and again after each broken connection (tus 1.0). */
  async resumeUpload(id: number, content: Blob, options: UploadOptions = {}): Promise<Reply<StoredFile>> {
    const { signal, onProgress } = options;
    for (let tries = 0; ; ) {
      const session = (await this.filesUploadsRead(id, { signal })).data;
      if (session.file_id !== null) return this.filesRead(session.file_id, {}, { signal });
      let { offset } = session;
      onProgress?.(offset, session.length);
      try {
        while (offset < session.length) {
          const piece = content.slice(offset, offset + CHUNK_BYTES);
          const reply = await this.filesUploadsAppend(id, piece, { upload_offset: offset }, { signal });
          offset = Number(reply.headers.get("upload-offset"));
          tries = 0;
          onProgress?.(offset, session.length);
        }
      } catch (error) {
        // The server says how much of it arrived.
        const broken = error instanceof NetworkError || error instanceof ServerError || error instanceof Conflict;
        if (!broken && !(error instanceof ApiError && error.status === 429)) throw error;
        tries += 1;
        if (tries >= TRIES) throw error;
        await sleep(200 * 2 ** tries, signal);
      }
    }
  }

  /** Uploads a file of any size and returns it. */
  async upload(content: Blob, options: UploadOptions = {}): Promise<Reply<StoredFile>> {
    const session = await this.startUpload(content, options);
    return this.resumeUpload(session.data.id, content, options);
  }

  /** Downloads a file as a stream, without holding it in memory. */
  async streamFile(id: number, options: CallOptions = {}): Promise<ReadableStream<Uint8Array>> {
    const response = await this.send({ method: "GET", path: `/api/v1/files/${id}/download`, options });
    return response.body ?? new Blob().stream();
  }
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
