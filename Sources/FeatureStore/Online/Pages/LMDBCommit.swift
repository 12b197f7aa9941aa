/// What the file says of one commit, as its reader has copied it.
struct LMDBCommit: Hashable, Sendable {
    let number: UInt64
    /// Holds the records of the named trees.
    let main: LMDBTree
    /// Lists the pages that are free, by the commit that freed them.
    let free: LMDBTree
    let lastPage: UInt64
}
