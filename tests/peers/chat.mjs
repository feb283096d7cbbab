// Resumes in the room `peers` behind a place; prints the places of so many messages. usage: chat.mjs URL TOKEN PLACE COUNT
import { WebSocket } from "ws";

const [url, token, place, count] = process.argv.slice(2);
const socket = new WebSocket(url, ["bearer", token]);
const missed = [];
socket.on("open", () => {
  socket.send(JSON.stringify({ type: "join", room: "peers", after: JSON.parse(place), id: "resume" }));
});
socket.on("message", (text) => {
  const frame = JSON.parse(text);
  if (frame.type === "joined" && !frame.data.recovered) throw new Error("nothing was recovered");
  if (frame.type === "error") throw new Error(frame.data.message);
  if (frame.type !== "message") return;
  missed.push(frame.data.seq);
  if (missed.length === Number(count)) {
    console.log(JSON.stringify({ missed, protocol: socket.protocol }));
    socket.close();
  }
});
