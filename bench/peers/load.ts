/*
 * Imports a peer from this directory's own node_modules, by the conditions of an ES module.
 *
 * The import stands here because Node resolves it beside the file that holds it. Peers are not part of
 * the workspace, so the caller states the shape it uses instead of relying on the peer's own types.
 */
export const loadPeer = <Module>(name: string): Promise<Module> => import(name) as Promise<Module>
