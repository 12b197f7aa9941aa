import Columnar

extension FeatureStore {
    /// Pushes the rows of `table` into a view, all or nothing (`Pusher.push`).
    @discardableResult
    public func push(
        _ view: String, table: Table, origin: String = "rows", batchID: String? = nil
    ) throws -> PushSummary {
        _ = try applied()
        return try pusher().push(view, table: table, origin: origin, batchID: batchID)
    }

    /// What pushes rows from any number of threads; the same one at every call.
    ///
    /// - Throws: `CatalogError.notWritable` if this user may only read.
    public func pusher() throws -> Pusher {
        if let open = openPusher { return open }
        guard !isReadOnly else {
            throw CatalogError.notWritable(path: project.catalogPath, reason: "permission denied")
        }
        let pusher = try Pusher(project, clock: clock)
        openPusher = pusher
        return pusher
    }
}
