import Columnar

/// Online rows in the order of their keys.
extension FeatureStore {
    /// The columns of a view's scanned rows: its join keys, times and features, as its history has them.
    public func scanFields(of view: String) throws -> [Field] {
        try layout(of: view).layout.fields.map { Field($0.name, $0.type) }
    }

    /// Hands the online rows of a view to `body` in the order of their keys, some thousand at a time, as they are stored,
    /// whatever their age. Memory is that of one batch.
    ///
    /// All rows are of one commit, unless this user may not write to LMDB's lock file; then each batch is of one.
    ///
    /// - Parameters:
    ///   - keys: values of the first join keys; only rows with these.
    ///   - limit: the most rows.
    /// - Returns: the rows that were handed over.
    /// - Throws: `StoreError.nothingMaterialized` if the view is not online; `StoreError.badRequest` if `keys` are not the
    ///   first join keys.
    @discardableResult
    public func scan(
        _ view: String, keys: [String: Value] = [:], limit: Int = .max, _ body: (Table) throws -> Bool
    ) throws -> Int {
        let layout = try layout(of: view)
        let target = try PushTarget(view, in: layout.definitions)
        guard target.aggregates == nil else {
            throw StoreError.badRequest(
                "the aggregates of \(view) are computed for a key when it is read, and no rows of them lie online; read keys "
                    + "with 'fstore get'")
        }
        guard let store = try onlineStoreIfPresent(), try store.state(of: view) != nil else {
            throw StoreError.nothingMaterialized(view: view)
        }
        let scan = OnlineScan(
            layout: layout.layout, view: target.online, prefix: try prefix(keys, of: layout.layout), limit: limit)
        return try scan.run(store, body)
    }

    private func prefix(_ keys: [String: Value], of layout: ViewLayout) throws -> [UInt8] {
        let names = layout.keys.map(\.name)
        if let name = keys.keys.sorted().first(where: { !names.contains($0) }) {
            throw StoreError.badRequest(
                "'\(name)' is no join key of \(layout.view.name)\(Spelling.suggestion(for: name, in: names)); "
                    + "the keys are \(names.joined(separator: ", "))")
        }
        guard !keys.isEmpty else { return [] }
        let given = layout.keys.prefix { keys[$0.name] != nil }
        guard given.count == keys.count else {
            throw StoreError.badRequest(
                "rows are in the order of \(names.joined(separator: ", ")), so a key can be given with all before it only: "
                    + "add \(names[given.count])=…")
        }
        let values = given.compactMap { keys[$0.name] }
        guard let bytes = KeyEncoder(given.map(\.type)).encode(values) else {
            throw StoreError.badRequest("a value is null or not of its join key's type")
        }
        return bytes
    }
}
