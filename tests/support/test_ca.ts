import { run } from "./command.ts";

/** Whether certificates can be made here: `openssl` is what makes them. */
export const hasOpenssl: boolean = await run("openssl", ["version"]).then(() => true, () => false);
if (!hasOpenssl) console.log("Tests of TLS are skipped: there is no openssl.");

/** The kind of key that certificates have, as openssl names it, and one that counts as weak. */
const STRONG = ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
export const WEAK: string[] = ["rsa:1024"];
/** One that Deno's TLS has no cipher for. */
export const UNSERVED: string[] = ["ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"];

/** Where a certificate for this machine and its key lie, and as text. */
export interface TestCertificate {
  certFile: string;
  keyFile: string;
}

/** An authority that only the tests trust, in a folder. */
export class TestCa {
  readonly #folder: string;
  /** Its own certificate, in PEM: whom to trust. */
  readonly cert: string;

  private constructor(folder: string, cert: string) {
    this.#folder = folder;
    this.cert = cert;
  }

  static async create(folder: string): Promise<TestCa> {
    const ca = `${folder}/ca`;
    await openssl("req", "-x509", ...newKey(`${ca}.key`), "-out", `${ca}.pem`, "-days", "2", "-subj", "/CN=tests");
    return new TestCa(folder, await Deno.readTextFile(`${ca}.pem`));
  }

  /** Makes a certificate for 127.0.0.1 and its key, in place of those of that name. */
  async issue(name: string, kind = STRONG): Promise<TestCertificate> {
    const [path, ca] = [`${this.#folder}/${name}`, `${this.#folder}/ca`];
    await Deno.writeTextFile(`${path}.ext`, "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n");
    await openssl("req", ...newKey(`${path}.key`, kind), "-out", `${path}.csr`, "-subj", `/CN=${name}`);
    const signing = ["-CA", `${ca}.pem`, "-CAkey", `${ca}.key`, "-CAcreateserial", "-extfile", `${path}.ext`];
    await openssl("x509", "-req", "-in", `${path}.csr`, ...signing, "-out", `${path}.pem`, "-days", "2");
    return { certFile: `${path}.pem`, keyFile: `${path}.key` };
  }

  /** Where its own certificate and key lie. */
  get own(): TestCertificate {
    return { certFile: `${this.#folder}/ca.pem`, keyFile: `${this.#folder}/ca.key` };
  }

  /** An HTTP client that trusts what this authority has signed. */
  client(): Deno.HttpClient {
    return Deno.createHttpClient({ caCerts: [this.cert] });
  }
}

function newKey(file: string, kind = STRONG): string[] {
  return ["-newkey", ...kind, "-nodes", "-keyout", file];
}

function openssl(...args: string[]): Promise<string> {
  return run("openssl", args);
}
