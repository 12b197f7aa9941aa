import CArrowABI
import Testing

@testable import Columnar

@Suite struct ArrowPropertyTests {
    private static let types: [DataType] = [
        .bool, .int8, .uint16, .int32, .int64, .float32, .float64, .string, .binary, .date32, .instant,
        .timestamp(.nanoseconds, zone: nil), .time(.seconds), .time(.microseconds), .decimal(precision: 12, scale: 2),
    ]

    private static func randomType(_ random: inout SeededGenerator, depth: Int = 0) -> DataType {
        switch Int.random(in: 0..<10, using: &random) {
        case 0 where depth < 3: .list(randomType(&random, depth: depth + 1))
        case 1 where depth < 3:
            .fixedSizeList(randomType(&random, depth: depth + 1), Int.random(in: 0...3, using: &random))
        default: types[Int.random(in: 0..<types.count, using: &random)]
        }
    }

    private static func randomValue(_ type: DataType, nulls: Double, _ random: inout SeededGenerator) -> Value {
        if Double.random(in: 0..<1, using: &random) < nulls { return .null }
        let number = Int64.random(in: 0...100, using: &random)
        switch type {
        case .bool: return .bool(number % 2 == 0)
        case .uint8, .uint16, .uint32, .uint64: return .uint(UInt64(number))
        case .float16, .float32: return .float32(Float(number))
        case .float64: return .float64(Double(number))
        case .string: return .string(String(repeating: "é", count: Int(number % 12)))
        case .binary: return .bytes(Array(repeating: UInt8(number), count: Int(number % 5)))
        case .timestamp(.microseconds, zone: _): return .timestamp(Timestamp(microseconds: number))
        case .decimal(_, let scale): return .decimal(FixedPoint(unscaled: Int128(number), scale: scale))
        case .list(let element):
            return .list((0..<number % 4).map { _ in randomValue(element, nulls: nulls, &random) })
        case .fixedSizeList(let element, let size):
            return .list((0..<size).map { _ in randomValue(element, nulls: nulls, &random) })
        default: return .int(number)
        }
    }

    private static func randomRange(in range: Range<Int>, _ random: inout SeededGenerator) -> Range<Int> {
        let ends = [0, 0].map { _ in Int.random(in: range.lowerBound...range.upperBound, using: &random) }.sorted()
        return ends[0]..<ends[1]
    }

    /// Slices of slices, in batches of any size, come back as the values that went in.
    @Test(arguments: UInt64(1)...150)
    func anySliceComesBackInAnyBatches(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let rows = Int.random(in: 0...200, using: &random)
        let types = (0..<Int.random(in: 1...4, using: &random)).map { _ in Self.randomType(&random) }
        let nulls: Double = [0.0, 0.02, 0.5, 1.0].randomElement(using: &random) ?? 0
        let values = types.map { type in (0..<rows).map { _ in Self.randomValue(type, nulls: nulls, &random) } }
        let table = Table(
            fields: types.enumerated().map { Field("c\($0)", $1) },
            columns: zip(types, values).map { Column($0, $1) }, rowCount: rows)
        let outer = Self.randomRange(in: 0..<rows, &random)
        let inner = Self.randomRange(in: 0..<outer.count, &random)
        let slice = table.slice(outer).slice(inner)
        let batchRows = Int.random(in: 1...70, using: &random)
        let expected = values.map { Array($0[outer][(outer.lowerBound + inner.lowerBound)...].prefix(inner.count)) }
        for batchRows in [nil, batchRows] {
            let back = try ArrowRoundTripTests.lend(slice, batchRows: batchRows)
            #expect(back.fields == table.fields, "seed \(seed)")
            #expect(
                back.columns.map(\.allValues) == expected, "seed \(seed), \(types), batches of \(batchRows ?? rows)")
            // What was read in place can be lent again.
            let again = try ArrowRoundTripTests.lend(back.slice(0..<inner.count / 2))
            #expect(again.columns.map(\.allValues) == expected.map { Array($0[..<(inner.count / 2)]) }, "seed \(seed)")
        }
    }
}
