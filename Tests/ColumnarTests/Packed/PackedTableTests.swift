import Testing

@testable import Columnar

@Suite struct PackedTableTests {
    private static let types: [DataType] = [
        .bool, .int32, .int64, .float32, .float64, .string, .binary, .instant, .fixedSizeList(.float32, 3),
        .fixedSizeList(.float32, 1),
    ]

    private static func table(rows: Int, seed: UInt64) -> Table {
        var tables = RandomTables(seed: seed)
        var columns: [Column] = []
        for type in types {
            if case .fixedSizeList(_, let size) = type {
                // Elements of a vector are never null.
                let elements = tables.column(.float32, rows: rows * size, nulls: .none)
                let valid = tables.column(.bool, rows: rows, nulls: .none).bits
                columns.append(Column(vectorsOf: elements, size: size, count: rows, validity: valid))
            } else {
                let nulls = RandomTables.Nulls.allCases.randomElement(using: &tables.random) ?? .few
                columns.append(tables.column(type, rows: rows, nulls: nulls))
            }
        }
        return Table(fields: types.enumerated().map { Field("é\($0)", $1) }, columns: columns, rowCount: rows)
    }

    private static func expectEqual(_ unpacked: Table, _ table: Table, _ place: Comment) {
        #expect(unpacked.rowCount == table.rowCount, place)
        #expect(unpacked.fields.map(\.name) == table.fields.map(\.name), place)
        for (a, b) in zip(unpacked.columns, table.columns) {
            #expect(a.type == b.type && a.exactCells == b.exactCells, place)
        }
    }

    @Test(arguments: [0, 1, 7, 8, 9, 64, 65, 1000])
    func aTableComesBackCellForCell(rows: Int) throws {
        for seed in 0..<5 {
            let table = Self.table(rows: rows, seed: UInt64(rows * 10 + seed))
            let packed = PackedTable.pack(table)
            Self.expectEqual(try PackedTable.unpack(packed), table, "\(rows) rows, seed \(seed)")
            #expect(packed.count % 8 == 0)
        }
    }

    @Test func aSliceIsPackedWithoutWhatIsAroundIt() throws {
        let table = Self.table(rows: 200, seed: 1)
        for range in [0..<0, 3..<4, 5..<77, 100..<200] {
            Self.expectEqual(
                try PackedTable.unpack(PackedTable.pack(table.slice(range))), table.slice(range), "\(range)")
        }
        let strings = table.slice(5..<6)
        #expect(PackedTable.pack(strings).count < PackedTable.pack(table).count / 10)
    }

    @Test func aChangedByteIsNoticed() throws {
        let packed = PackedTable.pack(Self.table(rows: 3, seed: 3)).array
        for position in packed.indices {
            var changed = packed
            changed[position] ^= 0x10
            #expect(throws: DataError.self, "byte \(position)") { try PackedTable.unpack(Buffer(copying: changed)) }
        }
        for length in 0..<packed.count {
            #expect(throws: DataError.self) { try PackedTable.unpack(Buffer(copying: packed[..<length])) }
        }
    }

    /// Bytes that claim to be whole may still say anything.
    @Test(arguments: 0..<4) func hostileBytesAreRefusedOrReadWithinThemselves(part: UInt64) throws {
        var random = SeededGenerator(seed: part)
        let packed = PackedTable.pack(Self.table(rows: 9, seed: part)).array
        for _ in 0..<3000 {
            var changed = packed
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let position = Int.random(in: 16..<changed.count, using: &random)
                changed[position] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &random) ?? 0
            }
            var hash = XXHash64()
            changed[16...].withUnsafeBytes { hash.update($0) }
            for i in 0..<8 { changed[8 + i] = UInt8(truncatingIfNeeded: hash.value >> UInt64(8 * i)) }
            guard let table = try? PackedTable.unpack(Buffer(copying: changed)) else { continue }
            for column in table.columns where table.rowCount < 100 { _ = column.exactCells }
        }
    }
}
