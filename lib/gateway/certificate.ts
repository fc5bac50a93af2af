import { getLogger } from "@logtape/logtape";
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { WatchedFiles } from "../access/watched_files.ts";
import { CrossCommError } from "../protocol/errors.ts";

const log = getLogger(["crosscomm", "gateway"]);

/** Where a certificate and its key lie, both in PEM. */
export interface CertificateFiles {
  certFile: string;
  keyFile: string;
}

/** A certificate, with those that it rests on, and its key: as text, in PEM. */
export interface CertificatePair {
  cert: string;
  key: string;
}

/** The curves of elliptic keys that TLS serves: with another, each connection would fail. */
const CURVES: ReadonlySet<string | undefined> = new Set(["prime256v1", "secp384r1", "secp521r1"]);

/** A pair, and when its certificate ends, as it says itself. */
interface DatedPair extends CertificatePair {
  validTo: string;
}

/**
 * The hub's certificate. Programs that renew one write two files, one after the other: until both fit, the old pair
 * stays in use. So it does when the new one is no good: better an old certificate than none.
 */
export class Certificate implements Disposable {
  readonly #files: CertificateFiles;
  readonly #watch: WatchedFiles;
  #pair: DatedPair;
  #isSaidToHaveEnded = false;

  /** @throws {CrossCommError} `CERTIFICATE_UNUSABLE`. */
  constructor(files: CertificateFiles) {
    this.#files = files;
    this.#watch = new WatchedFiles(files.certFile, files.keyFile);
    this.#pair = read(files);
  }

  /**
   * Hands the pair to what makes use of it.
   *
   * @throws {CrossCommError} `CERTIFICATE_UNUSABLE` where that does not take it.
   */
  use<T>(take: (pair: CertificatePair) => T): T {
    return this.#handOver(this.#pair, take);
  }

  /** Hands over each new pair until disposed of. */
  watch(take: (pair: CertificatePair) => void): void {
    this.#warnOfEnd();
    this.#watch.every(() => {
      this.#watch.readChanges(() => this.#renew(take), (error) => {
        log.warn("The certificate stays as it was, which is right while it is being renewed: {error}", { error });
      });
      this.#warnOfEnd();
    });
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  #renew(take: (pair: CertificatePair) => void): void {
    const pair = read(this.#files);
    if (pair.cert === this.#pair.cert && pair.key === this.#pair.key) return;
    this.#handOver(pair, take);
    this.#pair = pair;
    this.#isSaidToHaveEnded = false;
    log.info("The certificate was renewed: {certFile}", { certFile: this.#files.certFile });
  }

  #warnOfEnd(): void {
    const { validTo } = this.#pair;
    if (this.#isSaidToHaveEnded || Date.parse(validTo) >= Date.now()) return;
    this.#isSaidToHaveEnded = true;
    const { certFile } = this.#files;
    log.warn("The certificate in {certFile} ended on {validTo}: clients will not trust it", { certFile, validTo });
  }

  /** TLS refuses what it takes for weak, such as an RSA key of 1,024 bits. */
  #handOver<T>({ cert, key }: CertificatePair, take: (pair: CertificatePair) => T): T {
    try {
      return take({ cert, key });
    } catch (cause) {
      const { certFile, keyFile } = this.#files;
      const why = `TLS does not take the certificate in ${certFile} with the key in ${keyFile} (${
        (cause as Error).message
      })`;
      throw unusable(`${why}: have them made anew, with a key that counts as strong today`, cause);
    }
  }
}

/** Node's TLS would take a key that does not fit, and then fail each connection. */
function read({ certFile, keyFile }: CertificateFiles): DatedPair {
  const [cert, key] = [readText(certFile, "certificate"), readText(keyFile, "key of the certificate")];
  const certificate = parsed(certFile, "certificate", () => firstOf(cert));
  const privateKey = parsed(keyFile, "private key without a password", () => createPrivateKey(key));
  if (!isKeyOf(privateKey, certificate)) {
    throw unusable(`the key in ${keyFile} is not that of the certificate in ${certFile}: give the pair that fits`);
  }
  if (!isServed(privateKey)) {
    const wayOut = "have them made anew, with an RSA key or one on the curve prime256v1";
    throw unusable(`TLS serves nobody with the kind of key that is in ${keyFile}: ${wayOut}`);
  }
  return { cert, key, validTo: certificate.validTo };
}

/** Node's TLS takes any kind of key, and then fails each connection. */
function isServed({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType === "ec") return CURVES.has(asymmetricKeyDetails?.namedCurve);
  return asymmetricKeyType === "rsa" || asymmetricKeyType === "ed25519";
}

/** The first certificate. TLS would leave out those that follow where they are damaged, such as by half a file. */
function firstOf(text: string): X509Certificate {
  const first = new X509Certificate(text);
  for (const [block] of text.matchAll(/-----BEGIN CERTIFICATE-----[^-]*(-----END CERTIFICATE-----)?/g)) {
    new X509Certificate(block);
  }
  return first;
}

function isKeyOf(key: KeyObject, certificate: X509Certificate): boolean {
  try {
    return certificate.checkPrivateKey(key);
  } catch (cause) {
    throw unusable(`this version of Deno has not all that TLS needs (${(cause as Error).message}): take 2.9`, cause);
  }
}

function readText(path: string, what: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (cause) {
    throw unusable(`the ${what} cannot be read from ${path} (${(cause as Error).message})`, cause);
  }
}

function parsed<T>(path: string, what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw unusable(`${path} holds no ${what} in PEM, or is damaged`, cause);
  }
}

function unusable(message: string, cause?: unknown): CrossCommError {
  return new CrossCommError("CERTIFICATE_UNUSABLE", message, { cause });
}
