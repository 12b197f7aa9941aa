import Columnar

/// How features are told from a layout's states: windows that end together are told one after the other, the shortest first,
/// each from the one before and the events that it has besides.
struct TilePlan: Sendable {
    /// Windows that end together.
    struct Chain: Sendable {
        /// How long before the time of asking they end.
        var offset: TimeSpan
        /// Ascending by length; a lifetime is last.
        var steps: [Step]
        /// The groups that some of them are told from.
        var groups: [Int]
    }

    struct Step: Sendable {
        var window: AggregateWindow
        var outputs: [Output]
        /// For each group of the layout whether it is still asked of, in this step or a later one.
        var isWanted: [Bool]
    }

    struct Output: Sendable {
        /// The feature's place among those that are read.
        var place: Int
        var group: Int
        var function: AggregateFunction
        var top: Int?
    }

    let chains: [Chain]

    /// - Throws: `OnlineError` if the layout lacks what a feature needs.
    init(_ plan: AggregatePlan, from layout: TileLayout, availability: Availability, view: String) throws(OnlineError) {
        let wanted = TileLayout(plan, availability: availability)
        if let lack = layout.lack(for: wanted) {
            throw OnlineError("\(lack); materialize it again with --full", view: view)
        }
        var chains: [Chain] = []
        for (place, output) in plan.outputs.enumerated() {
            let group = wanted.groups[output.group]
            guard let kept = layout.groups.firstIndex(where: { $0.isKept && $0.isOfSameValues(as: group) }) else {
                continue
            }
            let window = plan.groups[output.group].windows[output.window]
            let read = Output(place: place, group: kept, function: output.function, top: output.top)
            let chain = chains.firstIndex { $0.offset == window.offset } ?? chains.count
            if chain == chains.count { chains.append(Chain(offset: window.offset, steps: [], groups: [])) }
            if let step = chains[chain].steps.firstIndex(where: { $0.window == window }) {
                chains[chain].steps[step].outputs.append(read)
            } else {
                chains[chain].steps.append(Step(window: window, outputs: [read], isWanted: []))
            }
            if !chains[chain].groups.contains(kept) { chains[chain].groups.append(kept) }
        }
        for chain in chains.indices {
            chains[chain].steps.sort { a, b in
                guard let first = a.window.length else { return false }
                return b.window.length.map { first < $0 } ?? true
            }
            var isWanted = [Bool](repeating: false, count: layout.groups.count)
            for step in chains[chain].steps.indices.reversed() {
                for output in chains[chain].steps[step].outputs { isWanted[output.group] = true }
                chains[chain].steps[step].isWanted = isWanted
            }
        }
        self.chains = chains
    }
}
