import { normalHost, targetPath, withoutTrailingSlash } from './request-target.ts';

/** Where something is reached. */
export interface Addresses {
  /** Normal form; '' for none. */
  readonly path: string;
  /** Normal form; short forms after the full one. */
  readonly hosts: readonly string[];
}

/**
 * From request to route: the path first, then the Host (receiver.md 4.3). Never changed once built; a change of contract
 * builds the next one and puts it in the place of this one, so that no request meets half of it.
 */
export class RouteTable<Route extends Addresses> {
  readonly #paths = new Map<string, Route>();
  readonly #hosts = new Map<string, Route>();

  constructor(routes: Iterable<Route>) {
    const aliases: [string, Route][] = [];
    for (const route of routes) {
      if (route.path !== '') this.#paths.set(route.path, route);
      route.hosts.forEach((host, index) => {
        if (index === 0) this.#hosts.set(host, route);
        else aliases.push([host, route]);
      });
    }
    // A short form never takes the place of somebody's own name, nor of an earlier short form.
    for (const [host, route] of aliases) if (!this.#hosts.has(host)) this.#hosts.set(host, route);
  }

  /** The route of a request target by its path alone. */
  byTarget(target: string): Route | undefined {
    // Most targets are a path as it stands in the contract.
    return this.#paths.get(target) ?? this.#paths.get(withoutTrailingSlash(targetPath(target)));
  }

  /** The route of a Host value, for targets whose path is nobody's. */
  byHost(host: string): Route | undefined {
    return this.#hosts.size === 0 ? undefined : this.#hosts.get(normalHost(host));
  }
}
