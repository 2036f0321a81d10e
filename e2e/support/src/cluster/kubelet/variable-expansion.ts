/**
 * Replaces `$(NAME)` by the value of a variable, as Kubernetes does in commands, arguments and values of variables: a name that is not known stays as it
 * is written, and `$$(NAME)` stands for the text `$(NAME)`.
 */
export function expandVariables(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\$|\$\(([^()]*)\)/g, (found, name?: string) => {
    if (name === undefined) return '$';
    return Object.hasOwn(variables, name) ? (variables[name] ?? '') : found;
  });
}
