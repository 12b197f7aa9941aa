import Testing

@testable import Columnar

@Suite struct ColumnBuilderTruncationTests {
    private static let types: [DataType] = [
        .bool, .int32, .int64, .float64, .string, .binary, .list(.string), .fixedSizeList(.float32, 3),
    ]

    /// Rows taken away and appended again at random leave what an array would hold.
    @Test(arguments: types, 0..<10 as Range<UInt64>)
    func aBuilderHoldsWhatAnArrayWould(type: DataType, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var builder = ColumnBuilder(type)
        var values: [Value] = []
        for _ in 0..<40 {
            for _ in 0..<random.number(0...12) {
                let value = random.chance(0.3) ? .null : Self.value(type, &random)
                values.append(value)
                let fits = builder.append(value)
                #expect(fits, "seed \(seed)")
            }
            let count = random.number(0...values.count)
            if random.chance(0.7) {
                builder.truncate(to: count)
                values.removeLast(values.count - count)
            }
            #expect(builder.count == values.count, "seed \(seed)")
            guard random.chance(0.2) else { continue }
            let column = builder.finish()
            #expect(column.allValues == values, "seed \(seed)")
            #expect(column.nullCount == values.count { $0 == .null }, "seed \(seed)")
            values = []
        }
        let rest = builder.finish()
        #expect(rest.allValues == values, "seed \(seed)")
    }

    private static func value(_ type: DataType, _ random: inout SeededGenerator) -> Value {
        switch type {
        case .bool: .bool(random.chance(0.5))
        case .float64: .float64(Double(random.number(0...9)))
        case .string: .string(String(repeating: "x", count: random.number(0...5)))
        case .binary: .bytes([UInt8](repeating: 7, count: random.number(0...5)))
        case .list: .list((0..<random.number(0...3)).map { .string("\($0)") })
        case .fixedSizeList: .list((0..<3).map { .float32(Float($0)) })
        default: .int(Int64(random.number(0...99)))
        }
    }
}

extension SeededGenerator {
    fileprivate mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
    fileprivate mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }
}
