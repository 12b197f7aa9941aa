import Foundation
import Testing

@testable import Columnar

/// We read what others write, by default and with every option that changes the bytes.
@Suite(.enabled(if: Python.executable != nil, Python.isMissing))
struct ParquetReadingInteropTests {
    @Test func filesOfPyarrowAreReadAsPyarrowReadsThem() throws { try compare(pyarrowFiles) }
    @Test func filesOfPandasPolarsAndDuckDBAreReadAsPyarrowReadsThem() throws { try compare(otherFiles) }

    /// Page indexes of pyarrow and Bloom filters of DuckDB skip, and never what was asked for.
    @Test func indexesOfOthersAreUsed() throws {
        let folder = try TemporaryDirectory()
        _ = try Python.run(
            """
            import duckdb
            n = list(range(0, 40000, 2))
            table = pa.table({'n': pa.array(n, pa.int64()), 's': [f'key {i:06}' for i in n]})
            pq.write_table(table, sys.argv[1], write_page_index=True, data_page_size=2000, write_batch_size=100, use_dictionary=False)
            duckdb.sql("COPY (SELECT (i * 7919) % 1000 * 2 AS n, 'key ' || (i * 7919) % 1000 * 2 AS s FROM range(20000) t(i)) "
                f"TO '{sys.argv[2]}' (FORMAT parquet)")
            """, folder.file("pages"), folder.file("filters"))
        let pages = try ParquetFile(path: folder.file("pages"))
        for (column, key) in [(0, Value.int(20_002)), (1, .string("key 020002"))] {
            let ranges = try pages.rowRanges(in: 0, where: column, .anyOf([key]))
            #expect(ranges.count == 1 && ranges[0].contains(10_001) && ranges[0].count < 1000)
            let rows = try pages.read(rowGroup: 0, columns: [0, 1], rows: ranges[0])
            let place = 10_001 - ranges[0].lowerBound
            #expect(rows.columns[0].value(at: place) == .int(20_002))
            #expect(rows.columns[1].value(at: place) == .string("key 020002"))
        }
        let filters = try ParquetFile(path: folder.file("filters"))
        #expect(filters.chunks.allSatisfy { $0.allSatisfy { $0.bloomFilter != nil } })
        for even in stride(from: 0, to: 2000, by: 2) {
            #expect(try filters.rowGroups(where: 0, .anyOf([.int(Int64(even))])).count == filters.rowGroups.count)
            #expect(try filters.rowGroups(where: 1, .anyOf([.string("key \(even)")])).count == filters.rowGroups.count)
        }
        let absent = try (0..<500).count { try !filters.rowGroups(where: 0, .anyOf([.int(Int64($0 * 4 + 1))])).isEmpty }
        #expect(absent < 50)
    }

    private func compare(_ script: String) throws {
        let folder = try TemporaryDirectory()
        let seed = Int.random(in: 0..<1_000_000)
        let names = try Python.run(sampleTables + script, folder.path, String(seed)).split(separator: "\n").map(
            String.init)
        #expect(names.count > 5)
        for name in names {
            let expected = try String(contentsOfFile: folder.file(name + ".txt"), encoding: .utf8)
            let file = try ParquetFile(path: folder.file(name))
            let whole = try file.read()
            #expect(firstDifference(whole.canonicalText, expected) == nil, "\(name), seed \(seed)")
            for rowGroup in file.rowGroups.indices {
                let part = try file.read(rowGroup: rowGroup, columns: Array(file.fields.indices))
                let start = file.rowGroups[..<rowGroup].reduce(0) { $0 + $1.rowCount }
                let rows = whole.slice(start..<start + part.rowCount)
                #expect(
                    firstDifference(part.canonicalText, rows.canonicalText) == nil,
                    "\(name), row group \(rowGroup), seed \(seed)")
                try expectRuns(file, rowGroup, part)
            }
        }
    }

    /// Runs, where a chunk has them, expand to the column.
    private func expectRuns(_ file: ParquetFile, _ rowGroup: Int, _ rows: Table) throws {
        for column in file.fields.indices {
            guard let runs = try file.readRuns(column, rowGroup: rowGroup) else { continue }
            var indices: [Int32] = []
            for (index, length) in zip(runs.indices, runs.lengths) {
                indices += Array(repeating: index, count: Int(length))
            }
            let expanded = indices.withUnsafeBufferPointer { runs.dictionary.taking($0) }
            let difference = firstDifference(expanded.canonicalText, rows.columns[column].canonicalText)
            #expect(difference == nil, "\(file.path): \(file.fields[column].name)")
            #expect(zip(runs.indices, runs.indices.dropFirst()).allSatisfy { $0 != $1 })
        }
    }
}

/// `sample(n, nulls)`: a table of `n` rows with all types, whose share of nulls is `nulls`; `keep(name, table)`: writes down
/// what must be read from the file `name`.
private let sampleTables = """
    import os, random
    import numpy as np, pandas as pd, polars as pl, duckdb
    folder, seed = sys.argv[1], int(sys.argv[2])
    random.seed(seed)

    def values(n, nulls, make):
        # Nulls come in stretches, so that runs and packed bits both occur.
        result = []
        while len(result) < n:
            isNull = random.random() < nulls
            for _ in range(random.choice([1, 1, 3, 20, 200])): result.append(None if isNull else make())
        return result[:n]

    special = [0.0, -0.0, float('inf'), float('-inf'), float('nan'), 1.5, -2.25]
    words = ['', 'a', 'é', 'driver', '😀😀', 'exactly8', 'seventeen letters', 'x' * 300]
    text = lambda: random.choice(words) + str(random.randrange(5))
    decimals = lambda digits, scale: lambda: decimal.Decimal(random.randrange(10 ** random.randrange(digits + 1))).scaleb(
        -scale, decimal.Context(prec=40)) * random.choice([1, -1])
    number = lambda bits: lambda: random.randrange(-(1 << bits - 1), 1 << bits - 1)
    unsigned = lambda bits: lambda: random.randrange(1 << bits)

    def sample(n, nulls, wide=True):
        counter = iter(range(1 << 60))
        columns = {
            'flag': (pa.bool_(), lambda: random.random() < 0.5), 'i8': (pa.int8(), number(8)),
            'i16': (pa.int16(), number(16)), 'i32': (pa.int32(), number(32)), 'i64': (pa.int64(), number(64)),
            'u8': (pa.uint8(), unsigned(8)), 'u16': (pa.uint16(), unsigned(16)), 'u32': (pa.uint32(), unsigned(32)),
            'u64': (pa.uint64(), unsigned(64)), 'f32': (pa.float32(), lambda: np.float32(random.gauss(0, 1))),
            'f64': (pa.float64(), lambda: random.choice(special + [random.gauss(0, 1)])),
            'text': (pa.string(), text), 'bytes': (pa.binary(), lambda: random.randbytes(random.randrange(20))),
            'day': (pa.date32(), lambda: random.randrange(-30000, 30000)),
            'ms': (pa.timestamp('ms'), number(44)), 'us': (pa.timestamp('us', 'UTC'), number(50)),
            'ns': (pa.timestamp('ns'), number(60)), 'few': (pa.int64(), lambda: random.randrange(3) * 10 ** 12),
            'price': (pa.decimal128(7, 2), decimals(7, 2)), 'sum': (pa.decimal128(18, 4), decimals(18, 4)),
            'exact': (pa.decimal128(38, 10), decimals(38, 10)), 'clock': (pa.time32('ms'), lambda: random.randrange(86400000)),
            'tick': (pa.time64('us'), lambda: random.randrange(86400000000)),
            'sorted': (pa.int64(), lambda: next(counter) // 50), 'one': (pa.string(), lambda: 'the same'),
            'vector': (pa.list_(pa.float32()), lambda: [random.gauss(0, 1) for _ in range(4)]),
            'lists': (pa.list_(pa.string()), lambda: [random.choice([None, text()]) for _ in range(random.randrange(4))]),
        }
        if wide:
            columns |= {
                'f16': (pa.float16(), lambda: np.float16(random.gauss(0, 1))),
                'fixed': (pa.binary(5), lambda: random.randbytes(5)),
                'triple': (pa.list_(pa.int64(), 3), lambda: [number(64)() for _ in range(3)]),
                'none': (pa.int32(), lambda: None),
            }
        arrays = []
        for type, make in columns.values():
            storage = pa.int64() if pa.types.is_timestamp(type) else pa.int32() if pa.types.is_date32(type) or pa.types.is_time32(type) else pa.int64() if pa.types.is_time64(type) else type
            arrays.append(pa.array(values(n, nulls, make), storage).cast(type))
        return pa.table(arrays, names=list(columns))

    def keep(name, table):
        with open(os.path.join(folder, name + '.txt'), 'w') as file: file.write(canonical(table))
        print(name)

    def path(name): return os.path.join(folder, name)

    """

private let pyarrowFiles = """
    sizes = [0, 1, 7, 8, 9, 63, 64, 65, 1000, 1025]
    options = []
    for compression in ['NONE', 'SNAPPY', 'GZIP', 'ZSTD', 'LZ4']:
        for version in ['1.0', '2.0']:
            options.append(dict(compression=compression, data_page_version=version))
    options += [
        dict(use_dictionary=False), dict(use_dictionary=False, compression='NONE'),
        dict(data_page_size=200, write_batch_size=16), dict(data_page_size=64, write_batch_size=1, data_page_version='2.0'),
        dict(row_group_size=100), dict(row_group_size=64, compression='NONE', use_dictionary=False),
        dict(write_page_checksum=True), dict(store_schema=False, use_compliant_nested_type=False),
        dict(version='1.0'), dict(store_decimal_as_integer=True), dict(store_decimal_as_integer=True, use_dictionary=False), dict(dictionary_pagesize_limit=100, write_batch_size=16),
    ]
    delta = {'i8': 'DELTA_BINARY_PACKED', 'i16': 'DELTA_BINARY_PACKED', 'i32': 'DELTA_BINARY_PACKED',
        'i64': 'DELTA_BINARY_PACKED', 'u64': 'DELTA_BINARY_PACKED', 'us': 'DELTA_BINARY_PACKED',
        'sorted': 'DELTA_BINARY_PACKED', 'day': 'DELTA_BINARY_PACKED', 'one': 'DELTA_BYTE_ARRAY',
        'text': 'DELTA_LENGTH_BYTE_ARRAY', 'bytes': 'DELTA_BYTE_ARRAY', 'f32': 'BYTE_STREAM_SPLIT',
        'f64': 'BYTE_STREAM_SPLIT', 'flag': 'RLE', 'u8': 'BYTE_STREAM_SPLIT', 'ns': 'BYTE_STREAM_SPLIT',
        'exact': 'BYTE_STREAM_SPLIT', 'sum': 'DELTA_BYTE_ARRAY', 'clock': 'DELTA_BINARY_PACKED', 'tick': 'BYTE_STREAM_SPLIT',
        'fixed': 'BYTE_STREAM_SPLIT', 'f16': 'BYTE_STREAM_SPLIT', 'lists.list.element': 'DELTA_BYTE_ARRAY'}
    options += [dict(column_encoding=delta, use_dictionary=False),
        dict(column_encoding=delta, use_dictionary=False, data_page_version='2.0', row_group_size=500, data_page_size=300)]
    number_of_file = 0
    for option in options:
        for nulls in [0, 0.2, 0.9, 1]:
            name = f'pyarrow{number_of_file}.parquet'
            number_of_file += 1
            table = sample(random.choice(sizes), nulls)
            if option.get('version') == '1.0': table = table.drop_columns(['ns'])
            pq.write_table(table, path(name), **option)
            keep(name, pq.read_table(path(name)))

    # Times as Spark wrote them for years.
    table = sample(500, 0.1).select(['us', 'ms'])
    pq.write_table(table, path('int96.parquet'), use_deprecated_int96_timestamps=True)
    keep('int96.parquet', pq.read_table(path('int96.parquet'), coerce_int96_timestamp_unit='us'))

    # Required columns.
    schema = pa.schema([pa.field('id', pa.int64(), nullable=False), pa.field('name', pa.string(), nullable=False),
        pa.field('v', pa.list_(pa.field('element', pa.float32(), nullable=False)), nullable=False)])
    table = pa.table([list(range(300)), [text() for _ in range(300)], [[1.0] * (i % 4) for i in range(300)]], schema=schema)
    for compression in ['NONE', 'SNAPPY']:
        pq.write_table(table, path(compression + '.parquet'), compression=compression, use_dictionary=False)
        keep(compression + '.parquet', pq.read_table(path(compression + '.parquet')))

    # Many pages.
    big = sample(15000, 0.05)
    pq.write_table(big, path('big.parquet'), row_group_size=7000, data_page_size=5000)
    keep('big.parquet', pq.read_table(path('big.parquet')))
    """

private let otherFiles = """
    number_of_file = 0
    for n, nulls in [(0, 0), (1, 0), (1, 1), (65, 0.2), (1000, 0), (1000, 0.2), (3000, 0.9), (6000, 0.05)]:
        table = sample(n, nulls, wide=False)
        frame = pl.from_arrow(table)
        pandas = table.drop_columns(['vector', 'lists']).to_pandas()
        connection = duckdb.connect()
        connection.register('sample', table)
        writers = {
            'pandas': lambda path: pandas.to_parquet(path),
            'pandas_gzip': lambda path: pandas.to_parquet(path, compression='gzip'),
            'polars': lambda path: frame.write_parquet(path),
            'polars_snappy': lambda path: frame.write_parquet(path, compression='snappy', row_group_size=300),
            'polars_plain': lambda path: frame.write_parquet(path, compression='uncompressed', data_page_size=100),
            'duckdb': lambda path: connection.execute(f"COPY sample TO '{path}' (FORMAT parquet)"),
            'duckdb2': lambda path: connection.execute(
                f"COPY sample TO '{path}' (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, ROW_GROUP_SIZE 2048)"),
        }
        for writer, write in writers.items():
            name = f'{writer}{number_of_file}.parquet'
            write(path(name))
            try:
                keep(name, pq.read_table(path(name)))
            except OSError:
                # pyarrow 26 stumbles over DuckDB's pages of nothing but nulls; DuckDB reads all times as microseconds.
                found = connection.sql(f"SELECT * FROM '{path(name)}'").to_arrow_table()
                ms = found.column_names.index('ms')
                keep(name, found.set_column(ms, 'ms', found['ms'].cast(pa.timestamp('ms'))))
        number_of_file += 1
    """
