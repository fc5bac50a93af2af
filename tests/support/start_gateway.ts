import { Gateway } from "../../lib/gateway/gateway.ts";
import type { HttpRequest } from "../../lib/gateway/http_exchange.ts";
import { DEFAULT_LIMITS } from "../../lib/gateway/limits.ts";
import { bareHub } from "./fake_transport.ts";

/** A hub whose store is the test's function. */
export async function startGateway(answer: (request: HttpRequest) => Response | Promise<Response>) {
  const bare = await bareHub();
  const gateway = await Gateway.listen(bare.hub, {
    ip: "127.0.0.1",
    port: 0,
    maxUnfinishedBytes: 1e9,
    limits: DEFAULT_LIMITS,
    allowedOrigins: [],
    store: async (request) => await answer(request),
  });
  return {
    port: gateway.addr.port,
    async [Symbol.asyncDispose]() {
      await bare[Symbol.asyncDispose]();
      await gateway.close();
    },
  };
}
