"""Other queues on the same machine and database: jobs a second that do nothing, each claimed singly.

honker (PyPI) on SQLite; pg-boss and graphile-worker (npm) on PostgreSQL. They are installed into a folder
that goes away.
"""

import os
import subprocess
import sys
import time

COUNT = int(os.environ.get("BENCH_PEER_JOBS", "10000"))

HONKER = """
import sys, time, honker
database = honker.open(sys.argv[1])
queue = database.queue("bench")
count = int(sys.argv[2])
with database.transaction() as tx:
    for _ in range(count):
        queue.enqueue({}, tx=tx)
begun = time.perf_counter()
done = 0
while (job := queue.claim_one("worker")) is not None:
    job.ack()
    done += 1
assert done == count, done
print(count / (time.perf_counter() - begun))
"""

PG_BOSS = """
const PgBoss = require('pg-boss');
(async () => {
  const boss = new PgBoss(process.argv[2]);
  const count = Number(process.argv[3]);
  await boss.start();
  await boss.createQueue('bench');
  for (let at = 0; at < count; at += 1000) {
    await boss.insert(Array.from({ length: 1000 }, () => ({ name: 'bench', data: {} })));
  }
  const begun = process.hrtime.bigint();
  let done = 0;
  const one = async () => {
    for (;;) {
      const [job] = await boss.fetch('bench');
      if (!job) return;
      await boss.complete('bench', job.id);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: 10 }, one));
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  if (done !== count) throw new Error(`${done} of ${count}`);
  console.log(count / seconds);
  await boss.stop({ graceful: false });
  process.exit(0);
})().catch((error) => { console.error(error); process.exit(1); });
"""

GRAPHILE = """
const { run, runMigrations, makeWorkerUtils } = require('graphile-worker');
(async () => {
  const connectionString = process.argv[2];
  const count = Number(process.argv[3]);
  await runMigrations({ connectionString });
  const utils = await makeWorkerUtils({ connectionString });
  await utils.withPgClient((client) => client.query(
    `SELECT graphile_worker.add_job('nothing', '{}') FROM generate_series(1, ${count})`));
  let done = 0;
  let finish;
  const finished = new Promise((resolve) => { finish = resolve; });
  const begun = process.hrtime.bigint();
  const runner = await run({
    connectionString, concurrency: 24, maxPoolSize: 25, noHandleSignals: true,
    logger: new (require('graphile-worker').Logger)(() => () => {}),
    taskList: { nothing: async () => { if (++done === count) finish(); } },
  });
  await finished;
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  console.log(count / seconds);
  await runner.stop();
  process.exit(0);
})().catch((error) => { console.error(error); process.exit(1); });
"""


def rates(folder, postgres):
    """Name, jobs a second, and the least ratio that is the goal."""
    home = folder / "peers"
    home.mkdir()
    if not postgres:
        subprocess.run([sys.executable, "-m", "venv", str(home / "venv")], check=True)
        python = str(home / "venv" / "bin" / "python")
        subprocess.run([python, "-m", "pip", "install", "-q", "honker==0.2.4"], check=True)
        rate = subprocess.run([python, "-c", HONKER, str(home / "honker.db"), str(COUNT)], check=True,
                              capture_output=True, text=True).stdout
        return [("honker, claimed singly", float(rate), 3)]
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(home),
                    "pg-boss@10.4.2", "graphile-worker@0.16.6"], check=True, stdout=subprocess.DEVNULL)
    found = []
    for name, script, least in (("pg-boss", PG_BOSS, 2), ("graphile-worker", GRAPHILE, 1)):
        file = home / f"{name}.cjs"
        file.write_text(script)
        output = subprocess.run(["node", str(file), postgres, str(COUNT)], check=True,
                                capture_output=True, text=True).stdout
        found.append((name, float(output.strip().splitlines()[-1]), least))
        time.sleep(1)
    return found
