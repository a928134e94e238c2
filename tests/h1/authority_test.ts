import { assertEquals } from "@std/assert";
import { hasUsablePort, isHostAndPort } from "../../src/h1/authority.ts";
import { BYTES, bytesOf } from "./input.ts";

/** Asked within a larger buffer whose neighbouring bytes would change the answer if they were looked at. */
function isValid(authority: string): boolean {
  const answers = ["..", "[]", "11", "::", "%%", ":1", "1:"].map((around) =>
    isHostAndPort(bytesOf(around + authority + around), 2, 2 + authority.length)
  );
  assertEquals(new Set(answers).size, 1, authority);
  return answers[0]!;
}

function check(title: string, accepted: readonly string[], refused: readonly string[]): void {
  Deno.test(`isHostAndPort() ${title}`, () => {
    for (const authority of accepted) assertEquals(isValid(authority), true, authority);
    for (const authority of refused) assertEquals(isValid(authority), false, authority);
  });
}

check("takes a registered name", ["a", "a.example", "A-1_~.b", "127.0.0.1", "!$&'()*+;=", "a."], [""]);

check("takes percent-encoding in a name, whole", ["%41", "a%2Fb", "%c3%a9", "a%00"], [
  "%",
  "%4",
  "a%",
  "a%4",
  "%4g",
  "%g4",
  "%%41",
  "%4:80",
  "%:80",
]);

check("takes a port of digits up to 65535, or none behind the colon", [
  "a:",
  "a:0",
  "a:80",
  "a:65535",
  "a:00080",
  "a:0000000000000000065535",
], ["a:65536", "a:99999", "a:655350", "a:-1", "a:+1", "a:8a", "a:8 ", "a: 8", "a:80:80", "a::80", "a:0x50"]);

check("refuses an empty host", [], ["", ":", ":80", "::1"]);

check("refuses everything that is not a host and a port", [], [
  "a b",
  " a",
  "a ",
  "a/",
  "a/b",
  "a?b",
  "a#b",
  "a,b",
  "user@a",
  "user:pw@a",
  "a@",
  "http://a",
  "a\\b",
  "a\0",
  "[",
  "]",
  "a]",
  "a[::1]",
]);

Deno.test("isHostAndPort() takes in a name the bytes of the grammar and no other", () => {
  for (const char of BYTES) {
    const valid = /^[\w\-.~!$&'()*+;=]$/.test(char);
    for (const name of [char, `${char}b`, `a${char}b`]) {
      assertEquals(isValid(name), valid && name !== "%", JSON.stringify(name));
    }
  }
});

check("takes an IPv6 address of eight groups", [
  "[1:2:3:4:5:6:7:8]",
  "[0001:0002:0003:0004:0005:0006:0007:0008]",
  "[a:b:c:d:e:f:A:F]",
  "[2001:db8:85a3:8d3:1319:8a2e:370:7348]:443",
], [
  "[1:2:3:4:5:6:7]",
  "[1:2:3:4:5:6:7:8:9]",
  "[1]",
  "[12345:2:3:4:5:6:7:8]",
  "[1:2:3:4:5:6:7:00008]",
  "[1:2:3:4:5:6:7:g]",
  "[1:2:3:4:5:6:7:]",
  "[:2:3:4:5:6:7:8]",
  "[1:2:3:4:5:6:7:8:]",
  "[1;2:3:4:5:6:7:8]",
  "[1:2:3:4:5:6:7:8 ]",
  "[ 1:2:3:4:5:6:7:8]",
]);

check("takes one run of zeros in an IPv6 address", [
  "[::]",
  "[::1]",
  "[1::]",
  "[1::8]",
  "[1:2:3:4:5:6:7::]",
  "[::2:3:4:5:6:7:8]",
  "[1:2:3::7:8]",
], [
  "[:]",
  "[:1]",
  "[:1:2]",
  "[:::]",
  "[::1:]",
  "[1:::8]",
  "[::1::]",
  "[1::2::3]",
  "[::1::2]",
  "[1:2:3:4:5:6:7:8::]",
  "[::1:2:3:4:5:6:7:8]",
  "[1:2:3:4::5:6:7:8]",
  "[:1::]",
]);

check("takes an IPv4 address at the end of an IPv6 address", [
  "[::ffff:1.2.3.4]",
  "[::1.2.3.4]",
  "[1:2:3:4:5:6:1.2.3.4]",
  "[::0.0.0.0]",
  "[::255.255.255.255]",
  "[::10.99.100.249]",
  "[1:2:3:4:5::1.2.3.4]",
], [
  "[1.2.3.4]",
  "[1:2:3:4:5:6:7:1.2.3.4]",
  "[1:2:3:4:5:1.2.3.4]",
  "[1:2:3:4:5:6::1.2.3.4]",
  "[::1.2.3]",
  "[::1.2.3.4.5]",
  "[::1.2.3.]",
  "[::1.2.3.4.]",
  "[::.2.3.4]",
  "[::1..3.4]",
  "[::1.2.3.256]",
  "[::256.2.3.4]",
  "[::1.2.3.1000]",
  "[::0255.2.3.4]",
  "[::01.2.3.4]",
  "[::1.2.3.04]",
  "[::00.2.3.4]",
  "[::a.2.3.4]",
  "[::1.2.3.a]",
  "[::1.2.3:4]",
  "[::1.2.3.4:5]",
  "[::1.2.3.4::]",
]);

check("takes an IP address of a future version", ["[v1.a]", "[V1F.a:b]", "[va.!$&'()*+;=:~-._]:80"], [
  "[v.a]",
  "[v1.]",
  "[v1]",
  "[v1a]",
  "[vg.a]",
  "[v1.a/b]",
  "[v1.a,b]",
  "[v1.a%41]",
  "[w1.a]",
  "[1.a]",
  "[v]",
  "[v1.a b]",
]);

check("takes nothing but a port behind an IP literal", ["[::1]", "[::1]:", "[::1]:80"], [
  "[]",
  "[]:80",
  "[::1",
  "[::1:80",
  "::1]",
  "[::1]a",
  "[::1]80",
  "[::1]:a",
  "[::1]:65536",
  "[::1]]",
  "[[::1]]",
  "[fe80::1%25eth0]",
  "[fe80::1%eth0]",
  "[a.example]",
]);

Deno.test("hasUsablePort() tells a port from none and from 0", () => {
  const ask = (authority: string) => {
    const bytes = bytesOf(`9${authority}9`);
    return hasUsablePort(bytes, 1, 1 + authority.length);
  };
  for (const authority of ["a:1", "a:80", "a:65535", "a:0080", "[::1]:80", "a1:10"]) {
    assertEquals(ask(authority), true, authority);
  }
  for (
    const authority of ["a", "a:", "a:0", "a:000", "a1", "80", "127.0.0.1", "[::1]", "[::1]:", "[::1]:0"]
  ) {
    assertEquals(ask(authority), false, authority);
  }
});

Deno.test("hasUsablePort() never looks in front of the authority", () => {
  assertEquals(hasUsablePort(bytesOf(":80"), 1, 3), false);
  assertEquals(hasUsablePort(bytesOf("a:80"), 3, 4), false);
});
