// A TCP proxy in front of the server that breaks connections.

import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export class Proxy {
  /** How many of the next answers are thrown away with their connection. */
  loseAnswers = 0;
  /** How many bytes a client may send before its connection is cut, once. */
  cutUploadAfter: number | undefined;
  private readonly sockets = new Set<Socket>();

  private constructor(
    readonly url: string,
    private readonly stop: () => void,
  ) {}

  static async start(target: string): Promise<Proxy> {
    const { hostname, port } = new URL(target);
    const server = createServer((client) => proxy.join(client, connect(Number(port), hostname)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const proxy = new Proxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => server.close());
    return proxy;
  }

  /** Breaks all connections that are open. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.stop();
    this.cut();
  }

  private join(client: Socket, server: Socket): void {
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on("error", end);
      socket.on("close", () => {
        this.sockets.delete(socket);
        end();
      });
    }
    let sent = 0;
    client.on("data", (piece) => {
      sent += piece.length;
      server.write(piece);
      if (this.cutUploadAfter !== undefined && sent > this.cutUploadAfter) {
        this.cutUploadAfter = undefined;
        // After what was written has left.
        server.end(() => client.destroy());
      }
    });
    server.on("data", (piece) => {
      if (this.loseAnswers > 0) {
        this.loseAnswers -= 1;
        end();
      } else client.write(piece);
    });
  }
}
