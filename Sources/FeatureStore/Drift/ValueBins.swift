/// Numbers cut into bins of about equally many values of the baseline, each closed above; the first and the last are open
/// outwards.
struct ValueBins {
    /// The upper ends of all bins but the last, ascending.
    let edges: [Double]

    var count: Int { edges.count + 1 }

    /// - Parameters:
    ///   - sorted: the baseline, ascending.
    ///   - count: the most bins; fewer come out where values repeat.
    init(sorted: [Double], count: Int) {
        var edges: [Double] = []
        for i in 1..<count where !sorted.isEmpty {
            let edge = sorted[(sorted.count * i + count - 1) / count - 1]
            if edge != edges.last, edge != sorted[sorted.count - 1] { edges.append(edge) }
        }
        self.edges = edges
    }

    /// Bins between ascending edges.
    init(edges: [Double]) { self.edges = edges }

    /// How many values are in each bin.
    ///
    /// - Precondition: `sorted` ascends. Complexity: O(bins · log values).
    func counts(sorted: [Double]) -> [Int] {
        var counts: [Int] = []
        var start = 0
        for edge in edges {
            var (low, high) = (start, sorted.count)
            while low < high {
                let middle = (low + high) / 2
                if sorted[middle] <= edge { low = middle + 1 } else { high = middle }
            }
            counts.append(low - start)
            start = low
        }
        return counts + [sorted.count - start]
    }
}
