import { assertEquals } from "@std/assert";
import { peerAddress } from "../../lib/gateway/peer_address.ts";

Deno.test("an IPv4 address is one peer's, an IPv6 address is that of all that begin like it", () => {
  const cases = {
    "192.0.2.1": "192.0.2.1",
    "::ffff:192.0.2.1": "192.0.2.1",
    "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
    "2001:db8::1": "2001:db8:0:0::/64",
    "::1": "0:0:0:0::/64",
    "fe80::1%eth0": "fe80:0:0:0::/64",
    "2001:db8:1:2:3:4:5::": "2001:db8:1:2::/64",
  };
  assertEquals(Object.fromEntries(Object.keys(cases).map((address) => [address, peerAddress(address)])), cases);
  assertEquals(peerAddress(undefined), undefined);
});
