/** Images named by their id alone, which no registry knows. */
export function isImageId(reference: string): boolean {
  return /^(sha256:)?[0-9a-f]{64}$/.test(reference);
}

/** Adds `:latest` where neither tag nor digest is given: an engine asked without one pulls every tag there is. */
export function withTag(reference: string): string {
  const lastPart = reference.slice(reference.lastIndexOf('/') + 1);
  return lastPart.includes(':') || lastPart.includes('@') ? reference : `${reference}:latest`;
}

/** A reference as the engine lists it: without the registry that goes without saying, and with a tag or digest. */
export function familiarName(reference: string): string {
  return withTag(reference.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\//, ''));
}
