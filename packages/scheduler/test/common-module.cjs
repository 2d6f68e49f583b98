/*
 * A module of the older kind, whose frames V8 shows as paths.
 */

exports.spin = () => {
  for (;;);
}
