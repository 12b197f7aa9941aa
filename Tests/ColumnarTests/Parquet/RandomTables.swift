@testable import Columnar

/// Random columns and tables of every type the writer takes, from a seed.
struct RandomTables {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    static let flatTypes: [DataType] = [
        .bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .float32, .float64, .string, .binary,
        .date32, .decimal(precision: 7, scale: 2), .decimal(precision: 16, scale: 0),
        .decimal(precision: 38, scale: 38),
        .time(.milliseconds), .time(.microseconds), .float16, .instant, .timestamp(.milliseconds, zone: "UTC"),
        .timestamp(.nanoseconds, zone: nil),
    ]

    static let listTypes: [DataType] = [
        .list(.int64), .list(.string), .list(.bool), .list(.float32), .fixedSizeList(.float32, 3),
        .fixedSizeList(.int32, 1),
    ]

    /// How nulls lie among the rows.
    enum Nulls: CaseIterable {
        case none, few, many, all, firstHalf, lastRow
    }

    mutating func column(_ type: DataType, rows: Int, nulls: Nulls, distinct: Int = .max) -> Column {
        let pool = distinct < rows ? (0..<max(1, distinct)).map { _ in value(type) } : []
        let values = (0..<rows).map { row -> Value in
            if isNull(row, of: rows, nulls) { return .null }
            return pool.randomElement(using: &random) ?? value(type)
        }
        return Column(type, values)
    }

    mutating func table(_ types: [DataType], rows: Int) -> Table {
        let fields = types.enumerated().map { Field("c\($0)", $1) }
        let columns = types.map { type in
            let distinct = [1, 2, 9, 300, .max].randomElement(using: &random) ?? .max
            return column(
                type, rows: rows, nulls: Nulls.allCases.randomElement(using: &random) ?? .few, distinct: distinct)
        }
        return Table(fields: fields, columns: columns, rowCount: rows)
    }

    private mutating func isNull(_ row: Int, of rows: Int, _ nulls: Nulls) -> Bool {
        switch nulls {
        case .none: false
        case .few: Int.random(in: 0..<20, using: &random) == 0
        case .many: Int.random(in: 0..<10, using: &random) != 0
        case .all: true
        case .firstHalf: row < rows / 2
        case .lastRow: row == rows - 1
        }
    }

    mutating func value(_ type: DataType) -> Value {
        switch type {
        case .bool: .bool(Bool.random(using: &random))
        case .int8: .int(Int64(Int8.random(in: .min ... .max, using: &random)))
        case .int16: .int(Int64(Int16.random(in: .min ... .max, using: &random)))
        case .int32, .date32: .int(Int64(Int32.random(in: .min ... .max, using: &random)))
        case .int64, .timestamp: integer(type)
        case .uint8: .uint(UInt64(UInt8.random(in: .min ... .max, using: &random)))
        case .uint16: .uint(UInt64(UInt16.random(in: .min ... .max, using: &random)))
        case .uint32: .uint(UInt64(UInt32.random(in: .min ... .max, using: &random)))
        case .uint64: .uint(UInt64.random(in: .min ... .max, using: &random))
        case .decimal(let precision, let scale):
            .decimal(
                FixedPoint(
                    unscaled: Int128.random(
                        in: -FixedPoint.power(precision) + 1..<FixedPoint.power(precision), using: &random),
                    scale: scale))
        case .time(let unit): .int(.random(in: 0..<86_400 * unit.ticksPerSecond, using: &random))
        case .float16: .float32(Float(Float16.random(in: -30_000...30_000, using: &random)))
        case .float32: .float32(Float(bitPattern: UInt32.random(in: .min ... .max, using: &random)))
        case .float64: .float64(Double(bitPattern: UInt64.random(in: .min ... .max, using: &random)))
        case .string: .string(text())
        case .binary: .bytes(bytes())
        case .list(let element): .list((0..<Int.random(in: 0...4, using: &random)).map { _ in self.element(element) })
        case .fixedSizeList(let element, let size): .list((0..<size).map { _ in self.element(element) })
        }
    }

    private mutating func element(_ type: DataType) -> Value {
        Int.random(in: 0..<8, using: &random) == 0 ? .null : value(type)
    }

    private mutating func integer(_ type: DataType) -> Value {
        let number = Int64.random(in: .min ... .max, using: &random)
        return type == .instant ? .timestamp(Timestamp(microseconds: number)) : .int(number)
    }

    private mutating func text() -> String {
        let letters = ["a", "b", "é", "😀", "\u{0}", " ", "\n", "\""]
        let length = Int.random(in: 0..<40, using: &random) == 0 ? 700 : Int.random(in: 0...9, using: &random)
        return (0..<length).map { _ in letters.randomElement(using: &random) ?? "" }.joined()
    }

    private mutating func bytes() -> [UInt8] {
        (0..<Int.random(in: 0...12, using: &random)).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }
}

extension Column {
    /// Each cell as a text that tells all bits of it apart: NaNs by payload, zeros by sign.
    var exactCells: [String] { allValues.map(\.exactText) }
}

extension Value {
    var exactText: String {
        switch self {
        case .float32(let number): "f\(number.bitPattern)"
        case .float64(let number): "d\(number.bitPattern)"
        case .string(let text): "s" + text.utf8.map { String($0, radix: 16) }.joined(separator: " ")
        case .list(let values): "[" + values.map(\.exactText).joined(separator: ",") + "]"
        default: description
        }
    }
}

extension Buffer {
    /// The bytes, copied while they are sure to live.
    var array: [UInt8] { withExtendedLifetime(self) { Array(bytes) } }
}
