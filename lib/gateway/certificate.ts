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

/**
 * The hub's certificate. Programs that renew one write two files, one after the other: until both fit, the old pair
 * stays in use. So it does when the new one is no good: better an old certificate than none.
 */
export class Certificate implements Disposable {
  readonly #files: CertificateFiles;
  readonly #watch: WatchedFiles;
  #pair: CertificatePair;

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
    this.#watch.every(() => {
      this.#watch.readChanges(() => this.#renew(take), (error) => {
        log.warn("The certificate stays as it was, which is right while it is being renewed: {error}", { error });
      });
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
    log.info("The certificate was renewed: {certFile}", { certFile: this.#files.certFile });
  }

  /** TLS refuses what it takes for weak, such as an RSA key of 1,024 bits. */
  #handOver<T>(pair: CertificatePair, take: (pair: CertificatePair) => T): T {
    try {
      return take(pair);
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
function read({ certFile, keyFile }: CertificateFiles): CertificatePair {
  const [cert, key] = [readText(certFile, "certificate"), readText(keyFile, "key of the certificate")];
  const certificate = parsed(certFile, "certificate", () => firstOf(cert));
  const privateKey = parsed(keyFile, "private key without a password", () => createPrivateKey(key));
  if (!isKeyOf(privateKey, certificate)) {
    throw unusable(`the key in ${keyFile} is not that of the certificate in ${certFile}: give the pair that fits`);
  }
  if (Date.parse(certificate.validTo) < Date.now()) {
    log.warn("The certificate in {certFile} ended on {validTo}: clients will not trust it", {
      certFile,
      validTo: certificate.validTo,
    });
  }
  return { cert, key };
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
