/** The apps of the image. `standalone` is not one: it is for a machine without Kubernetes, and runs from a clone. */
export const shippedApps = ['receiver', 'dispatcher', 'controller', 'smoke-test'];
