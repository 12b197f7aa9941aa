import Columnar
import Foundation
import Testing

/// pyarrow, Polars and DuckDB read what we write.
@Suite(.enabled(if: Python.executable != nil, Python.isMissing))
struct ParquetWritingInteropTests {
    @Test func othersReadWhatWeWrite() throws {
        let folder = try TemporaryDirectory()
        let seed = UInt64.random(in: 0..<1_000_000)
        var random = SeededGenerator(seed: seed)
        var names: [String] = []
        for (rows, nulls) in [(0, 0), (1, 0), (1, 1), (65, 0.2), (1000, 0), (1000, 0.2), (2000, 0.9)] {
            for codec in [Codec.none, .snappy, .gzip, .zstd(level: 3), .lz4] {
                let table = SampleTable.make(rows: rows, nulls: nulls, using: &random)
                var options = ParquetWriterOptions()
                options.compression = codec
                options.rowGroupRows = [64, 300, 131_072].randomElement(using: &random) ?? 64
                options.pageRows = [100, 16_384].randomElement(using: &random) ?? 100
                options.isReadInPlace = Bool.random(using: &random)
                options.bloomFilters = Set(table.fields.map(\.name))
                options.sortingColumns = ["sorted"]
                let encodings: [ParquetWriterOptions.Encoding] = [
                    .automatic, .plain, .dictionary, .byteStreamSplit, .deltaBinaryPacked,
                ]
                for field in table.fields { options.encodings[field.name] = encodings.randomElement(using: &random) }
                let name = "\(names.count).parquet"
                let writer = try ParquetWriter(path: folder.file(name), fields: table.fields, options: options)
                if rows > 65 && Bool.random(using: &random) {
                    let first = Int.random(in: 1..<rows, using: &random)
                    try writer.beginRowGroups([first, rows - first])
                    for column in table.columns { try writer.writeColumn { column.slice($1) } }
                } else {
                    try writer.write(table)
                }
                _ = try writer.close()
                try table.canonicalText.write(toFile: folder.file(name + ".txt"), atomically: true, encoding: .utf8)
                names.append(name)
            }
        }
        let report = try Python.run(readAll, folder.path, String(names.count))
        #expect(report == "\(names.count) files agree\n", "seed \(seed)")
    }

    /// DuckDB asks our Bloom filters and finds what is there, and hardly more.
    @Test func othersUseOurFiltersAndIndexes() throws {
        let folder = try TemporaryDirectory()
        let table = Table(
            fields: [Field("n", .int64), Field("s", .string)],
            columns: [
                Column(.int64, (0..<20_000).map { .int($0 * 2) }),
                Column(.string, (0..<20_000).map { .string("key \($0 * 2)") }),
            ])
        var options = ParquetWriterOptions()
        options.bloomFilters = ["n", "s"]
        let writer = try ParquetWriter(path: folder.file("x"), fields: table.fields, options: options)
        try writer.write(table)
        _ = try writer.close()
        let report = try Python.run(
            """
            import duckdb
            def held(column, value):
                literal = repr(value) if isinstance(value, str) else f'{value}::BIGINT'
                return not duckdb.execute(
                    f"SELECT bloom_filter_excludes FROM parquet_bloom_probe('{sys.argv[1]}', '{column}', {literal})").fetchone()[0]
            present = all(held('n', i * 2) and held('s', f'key {i * 2}') for i in range(0, 20000, 997))
            mistaken = sum(held('n', i * 2 + 1) for i in range(0, 20000, 97))
            chunk = pq.read_metadata(sys.argv[1]).row_group(0).column(0)
            print(present, mistaken < 30, chunk.has_offset_index, chunk.has_column_index)
            """, folder.file("x"))
        #expect(report == "True True True True\n")
    }
}

private let readAll = """
    import polars as pl, duckdb
    folder, count = sys.argv[1], int(sys.argv[2])
    good = 0
    for i in range(count):
        path = f'{folder}/{i}.parquet'
        expected = open(path + '.txt').read()
        schema = pq.read_schema(path)
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        readers = {
            'pyarrow': lambda: pq.read_table(path),
            'polars': lambda: pl.read_parquet(path).to_arrow(),
            'duckdb': lambda: connection.sql(f"SELECT * FROM '{path}'").to_arrow_table(),
        }
        problems = []
        for reader, read in readers.items():
            try:
                table = read()
                if reader != 'pyarrow': table = table.cast(schema)
                lines, wanted = canonical(table).split('\\n'), expected.split('\\n')
                for line, want in zip(lines, wanted):
                    # DuckDB has no nanoseconds with a zone or of a day, and reads them as microseconds.
                    if line != want and not (reader == 'duckdb' and line.startswith(('ns ', 'nanos '))):
                        problems.append(f'{reader} {i} {line[:300]} -- {want[:300]}')
                        break
                if len(lines) != len(wanted): problems.append(f'{reader} {i} has {len(lines)} columns')
            except Exception as error:
                problems.append(f'{reader} {i} {error}')
        for problem in problems: print(problem)
        good += not problems
        metadata = pq.read_metadata(path)
        for group in range(metadata.num_row_groups):
            sorting = metadata.row_group(group).sorting_columns
            if [column.column_index for column in sorting] != [schema.get_field_index('sorted')]: print('sorting', i, sorting)
    print(good, 'files agree')
    """
