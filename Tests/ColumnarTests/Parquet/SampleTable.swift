@testable import Columnar

/// Random tables with all types that Parquet keeps.
enum SampleTable {
    static let types: [(String, DataType)] = [
        ("flag", .bool), ("i8", .int8), ("i16", .int16), ("i32", .int32), ("i64", .int64), ("u8", .uint8),
        ("u16", .uint16),
        ("u32", .uint32), ("u64", .uint64), ("f32", .float32), ("f64", .float64), ("text", .string), ("bytes", .binary),
        ("day", .date32), ("ms", .timestamp(.milliseconds, zone: nil)), ("us", .instant),
        ("ns", .timestamp(.nanoseconds, zone: "UTC")), ("vector", .fixedSizeList(.float32, 3)),
        ("lists", .list(.string)),
        ("numbers", .list(.int64)), ("half", .float16), ("price", .decimal(precision: 9, scale: 2)),
        ("sum", .decimal(precision: 18, scale: 4)),
        ("exact", .decimal(precision: 38, scale: 10)), ("wide", .decimal(precision: 25, scale: 0)),
        ("clock", .time(.milliseconds)), ("tick", .time(.microseconds)), ("nanos", .time(.nanoseconds)),
        ("prices", .list(.decimal(precision: 20, scale: 3))), ("few", .int64), ("sorted", .int64), ("words", .string),
    ]

    static var fields: [Field] { types.map { Field($0, $1) } }

    /// - Parameter nulls: the share of nulls in every column.
    static func make(rows: Int, nulls: Double, using random: inout SeededGenerator) -> Table {
        let columns = types.map { name, type in
            var cells: [Value] = []
            while cells.count < rows {
                // Nulls come in stretches, so that runs and packed bits both occur.
                let isNull = Double.random(in: 0..<1, using: &random) < nulls
                for _ in 0..<([1, 1, 3, 20, 100].randomElement(using: &random) ?? 1) {
                    cells.append(isNull ? .null : value(name, type, cells.count, &random))
                }
            }
            return Column(type, Array(cells[..<rows]))
        }
        return Table(fields: fields, columns: columns, rowCount: rows)
    }

    private static func value(_ name: String, _ type: DataType, _ row: Int, _ random: inout SeededGenerator) -> Value {
        switch name {
        case "few": return .int(.random(in: 0..<3, using: &random))
        case "sorted": return .int(Int64(row / 30))
        case "words": return .string(["a", "bb", "", "città"].randomElement(using: &random) ?? "")
        default: return value(type, &random)
        }
    }

    private static func value(_ type: DataType, _ random: inout SeededGenerator) -> Value {
        switch type {
        case .bool: return .bool(.random(using: &random))
        case .int8: return .int(Int64(Int8.random(in: .min ... .max, using: &random)))
        case .int16: return .int(Int64(Int16.random(in: .min ... .max, using: &random)))
        case .int32: return .int(Int64(Int32.random(in: .min ... .max, using: &random)))
        case .date32: return .int(.random(in: -30_000...30_000, using: &random))
        case .int64, .timestamp(.nanoseconds, zone: _): return .int(.random(in: .min ... .max, using: &random))
        case .timestamp(.microseconds, zone: _):
            return .timestamp(Timestamp(microseconds: .random(in: -(1 << 50)...1 << 50, using: &random)))
        case .timestamp: return .int(.random(in: -(1 << 44)...1 << 44, using: &random))
        case .uint8: return .uint(UInt64(UInt8.random(in: .min ... .max, using: &random)))
        case .uint16: return .uint(UInt64(UInt16.random(in: .min ... .max, using: &random)))
        case .uint32: return .uint(UInt64(UInt32.random(in: .min ... .max, using: &random)))
        case .uint64: return .uint(.random(in: .min ... .max, using: &random))
        case .decimal(let precision, let scale):
            let limit = FixedPoint.power(.random(in: 0...precision, using: &random)) - 1
            return .decimal(FixedPoint(unscaled: .random(in: -limit...limit, using: &random), scale: scale))
        case .time(let unit): return .int(.random(in: 0..<86_400 * unit.ticksPerSecond, using: &random))
        case .float16: return .float32(Float(Float16.random(in: -1...1, using: &random)))
        case .float32: return .float32(.random(in: -1...1, using: &random))
        case .float64:
            let special = [0, -0.0, .infinity, -.infinity, .nan, 1.5]
            return .float64(
                Bool.random(using: &random)
                    ? special.randomElement(using: &random) ?? 0 : .random(in: 0..<1, using: &random))
        case .string:
            return .string(
                String(repeating: "é😀x", count: .random(in: 0...3, using: &random))
                    + String(UInt8.random(in: 0...255, using: &random)))
        case .binary:
            return .bytes(
                (0..<Int.random(in: 0..<20, using: &random)).map { _ in .random(in: 0...255, using: &random) })
        case .list(let element):
            return .list(
                (0..<Int.random(in: 0..<4, using: &random)).map { _ in
                    Int.random(in: 0..<4, using: &random) == 0 ? .null : value(element, &random)
                })
        case .fixedSizeList(let element, let size): return .list((0..<size).map { _ in value(element, &random) })
        }
    }
}
