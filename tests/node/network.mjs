// Leads connections to the hosts in PORTS to ports of this machine, and refuses all others that leave it.
import { appendFileSync } from "node:fs";
import { Socket } from "node:net";

/** @type {Record<string, number>} */
const ports = JSON.parse(process.env.PORTS ?? "{}");
const connect = Socket.prototype.connect;

/** @param {string} host */
function isLocal(host) {
  return host === "localhost" || host.endsWith(".localhost") || host.startsWith("127.");
}

// Node's own modules pass their arguments as one array.
Socket.prototype.connect = /** @type {typeof connect} */ (
  /** @this {Socket} @param {any[]} args */
  function (...args) {
    const list = Array.isArray(args[0]) ? args[0] : args;
    const host = list[0].host ?? "localhost";
    appendFileSync(String(process.env.HOSTS_LOG), `${host}\n`);
    if (host in ports) {
      list[0] = { ...list[0], host: "127.0.0.1", port: ports[host] };
    } else if (!isLocal(host)) {
      setImmediate(() => this.destroy(new Error(`A test tried to reach ${host}.`)));
      return this;
    }
    return connect.apply(this, /** @type {any} */ (args));
  }
);
