/// Puts on-demand features into an order in which each comes after those that it reads.
struct OnDemandOrder {
    /// Features that read each other in a circle.
    struct Circle: Hashable {
        /// Each reads the next, and the last the first.
        let features: [FeatureReference]

        var description: String {
            "on-demand features read each other in a circle: "
                + (features + features.prefix(1)).map(\.description).joined(separator: " -> ")
        }
    }

    private(set) var features: [FeatureReference] = []
    /// Whether a feature has its place in the order; not yet, while those that it reads are looked at.
    private var isPlaced: [FeatureReference: Bool] = [:]

    /// Adds `root` with all that it reads, at any depth. Complexity: O(features + references).
    ///
    /// - Parameter reads: the on-demand features that a feature reads.
    /// - Returns: a circle, if there is one on the way; then the order is of no use.
    mutating func add<Failure: Error>(
        _ root: FeatureReference, reads: (FeatureReference) throws(Failure) -> [FeatureReference]
    ) throws(Failure) -> Circle? {
        guard isPlaced[root] == nil else { return nil }
        isPlaced[root] = false
        var path = [(feature: root, reads: try reads(root)[...])]
        while let (feature, rest) = path.last {
            guard let next = rest.first else {
                isPlaced[feature] = true
                features.append(feature)
                path.removeLast()
                continue
            }
            path[path.count - 1].reads.removeFirst()
            switch isPlaced[next] {
            case true?: continue
            case false?:
                let start = path.firstIndex { $0.feature == next } ?? 0
                return Circle(features: path[start...].map(\.feature))
            case nil:
                isPlaced[next] = false
                path.append((next, try reads(next)[...]))
            }
        }
        return nil
    }
}
