/** A page of a list and where the next begins; '' on the last page. */
interface Page {
  readonly nextPageToken: string;
}

/** Largest page that the lists of the contract give. */
export const PAGE_SIZE = 1000;

/** All pages of a list, one after the other. */
export async function allPages<P extends Page>(fetch: (pageToken: string) => Promise<P>): Promise<[P, ...P[]]> {
  const first = await fetch('');
  const pages: [P, ...P[]] = [first];
  for (let token = first.nextPageToken; token !== '';) {
    const page = await fetch(token);
    pages.push(page);
    token = page.nextPageToken;
  }
  return pages;
}
