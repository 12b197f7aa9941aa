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

    /// Pushes those rows of `table` into a view that a stream has not brought before (`Pusher.push`).
    @discardableResult
    public func push(
        _ view: String, table: Table, origin: String = "rows", stream: StreamColumns
    ) throws -> PushSummary {
        _ = try applied()
        return try pusher().push(view, table: table, origin: origin, stream: stream)
    }

    /// Pushes those rows of `table` into a view that a stream has not brought before; `places` has a place a row.
    @discardableResult
    package func push(
        _ view: String, table: Table, origin: String = "rows", places: StreamPlaces
    ) throws -> PushSummary {
        _ = try applied()
        return try pusher().push(view, table: table, origin: origin, places: places)
    }

    /// The columns that rows pushed into the view named `name` have.
    ///
    /// - Throws: `StoreError.unknown` if there is no such view.
    package func pushColumns(of name: String) throws -> [PushColumn] {
        let (layout, definitions) = try layout(of: name)
        return definitions.pushColumns(of: layout.view)
    }

    /// How far streams of pushes have come: all, or those of one view, or one of them.
    ///
    /// - Throws: `StoreError.unknown` for a view that is not defined and never had a stream.
    public func streams(of view: String? = nil, named stream: String? = nil) throws -> [StreamPosition] {
        let found = try catalog.streams(of: view, named: stream)
        if let view, found.isEmpty { _ = try layout(of: view) }
        return found
    }

    /// Forgets how far a stream has come, so that all of it is taken when it is sent again; or puts it to `position`, so that
    /// what lies beyond is.
    ///
    /// - Parameter partition: only this one.
    /// - Returns: how many partitions that were.
    /// - Throws: `StoreError.badRequest` if there is no such stream or partition.
    public func resetStream(
        _ stream: String, of view: String, partition: String? = nil, to position: Int64? = nil
    ) throws -> Int {
        guard !isReadOnly else {
            throw CatalogError.notWritable(path: project.catalogPath, reason: "permission denied")
        }
        let count = try catalog.resetStream(of: view, named: stream, partition: partition, to: position, at: clock())
        guard count > 0 else {
            let known = try streams(of: view)
            let name = partition.map { "partition '\($0)' of the stream '\(stream)'" } ?? "stream '\(stream)'"
            let nearest =
                partition == nil
                ? Spelling.nearest(to: stream, in: known.map(\.stream))
                : Spelling.nearest(to: partition ?? "", in: known.filter { $0.stream == stream }.map(\.partition))
            throw StoreError.badRequest(
                "\(view) has no \(name)"
                    + (nearest.map { " (did you mean '\($0)'?)" } ?? "; 'fstore streams \(view)' shows what there is"))
        }
        return count
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
