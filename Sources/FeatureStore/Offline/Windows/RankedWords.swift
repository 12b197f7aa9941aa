import Columnar

/// Words in the order of a column's values.
enum RankedWords {
    /// UInt64, one a value: equal for equal values; of texts, their ranks. Behind a null it is unspecified.
    static func of(_ values: Column) -> Buffer {
        guard values.type.isVariableWidth else { return WindowNumbers(values).words() }
        let target = MutableBuffer(zeroed: values.count * 8)
        let output = target.elements(as: UInt64.self)
        let scalars = (0..<values.count).map { AggregateScalar(values, row: $0) ?? .word(0) }
        var rank: UInt64 = 0
        var before: AggregateScalar?
        for place in scalars.indices.sorted(by: { scalars[$0] < scalars[$1] }) {
            if let before, before < scalars[place] { rank += 1 }
            before = scalars[place]
            output[place] = rank
        }
        return target.freeze()
    }
}
