import Columnar

/// A view as rows are pushed into it: what its definition says of them.
struct PushTarget: Hashable, Sendable {
    let layout: ViewLayout
    let source: Source
    let online: OnlineView

    /// The target named `view`.
    ///
    /// - Throws: `StoreError.unknown`, with the nearest name.
    init(_ view: String, in definitions: Definitions) throws(StoreError) {
        let found = try definitions.storedView(named: view)
        guard let source = definitions.source(named: found.source) else {
            throw .unknown(kind: "source", name: found.source, suggestion: nil)
        }
        layout = ViewLayout(of: found, in: definitions)
        self.source = source
        online = OnlineView(found, in: definitions)
    }

    var name: String { layout.view.name }

    /// How features are computed from events; nil where rows are stored as they are.
    var aggregates: AggregatePlan? { AggregatePlan(of: layout.view) }
}
