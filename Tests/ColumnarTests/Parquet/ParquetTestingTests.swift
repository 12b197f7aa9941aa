import Foundation
import Testing

@testable import Columnar

private let parquetTesting = ProcessInfo.processInfo.environment["PARQUET_TESTING"]
private let reportPath = ProcessInfo.processInfo.environment["PARQUET_TESTING_REPORT"]

/// The files of apache/parquet-testing, in the folder that `PARQUET_TESTING` names (see `scripts/parquet-testing`): each is
/// read, or refused with a sentence, and what is read is what pyarrow reads.
@Suite(.enabled(if: parquetTesting != nil, "set PARQUET_TESTING to a checkout of apache/parquet-testing"))
struct ParquetTestingTests {
    @Test func everyFileIsReadAsPyarrowReadsItOrRefused() throws {
        let folder = try #require(parquetTesting)
        let temporary = try TemporaryDirectory()
        var findings: [Finding] = []
        for part in ["data", "bad_data", "shredded_variant"] {
            let names = FileManager.default.enumerator(atPath: folder + "/" + part)?.compactMap { $0 as? String } ?? []
            for name in names.sorted() where name.hasSuffix(".parquet") || name.hasSuffix(".encrypted") {
                findings.append(find("\(part)/\(name)", in: folder))
            }
        }
        #expect(findings.count > 50)
        let encoder = JSONEncoder()
        try encoder.encode(findings).write(to: URL(fileURLWithPath: temporary.file("findings")))
        let report = try Python.run(compare, folder, temporary.file("findings"), reportPath ?? "")
        print(report)
        #expect(report.hasSuffix("no differences\n"))
    }

    private struct Finding: Encodable {
        let file: String
        /// Why the file as a whole is refused.
        var refusal: String?
        var columns: [ColumnFinding] = []
    }

    private struct ColumnFinding: Encodable {
        let name: String
        var type: String?
        var refusal: String?
        var cells: String?
    }

    private func find(_ name: String, in folder: String) -> Finding {
        var finding = Finding(file: name)
        do throws(DataError) {
            let file = try ParquetFile(path: folder + "/" + name)
            for (index, field) in file.fields.enumerated() {
                var column = ColumnFinding(name: field.name, type: field.type.description)
                do throws(DataError) {
                    column.cells = try file.read(columns: [index], rowGroups: file.rowGroups.indices).columns[0]
                        .canonicalText
                } catch {
                    column.refusal = error.message
                }
                finding.columns.append(column)
            }
            finding.columns += file.unreadableColumns.map { ColumnFinding(name: $0.name, refusal: $0.reason) }
        } catch {
            finding.refusal = error.message
        }
        return finding
    }
}

private let compare = #"""
    import collections, json
    folder, findings, report = sys.argv[1], json.load(open(sys.argv[2])), sys.argv[3]
    rows, differences, read = [], [], 0
    # pyarrow makes another number of a time in the year 290000; this is what the file's description says.
    described = {'data/int96_from_spark.parquet':
        '1704141296123456 1704070800000000 253402225200000000 1735599600000000 - 9089380393200000000'}

    def theirs(path):
        "The columns as pyarrow reads them, one by one, since one can fail; and why it cannot read the file."
        try: file = pq.ParquetFile(path, coerce_int96_timestamp_unit='us', page_checksum_verification=True)
        except Exception as error: return {}
        columns = {}
        for field in file.schema_arrow:
            try: columns[field.name] = file.read(columns=[field.name]).column(field.name)
            except Exception as error: columns[field.name] = None
        return columns

    def text(column):
        if isinstance(column.type, pa.ExtensionType): column = pa.chunked_array([c.storage for c in column.chunks])
        column = plain(column)
        return ' '.join(cell(value, column.type) for value in column.to_pylist())

    def named(names):
        return ', '.join(f'`{name}`' for name in names[:5]) + (f' and {len(names) - 5} more' if len(names) > 5 else '')

    for finding in findings:
        name = finding['file']
        columns = theirs(f'{folder}/{name}')
        if 'refusal' in finding:
            rows.append((name, 'refused', finding['refusal'] + ('; pyarrow opens it' if columns else '; pyarrow refuses it, too')))
            continue
        equal, ours_only, refused = 0, 0, collections.defaultdict(list)
        for column in finding['columns']:
            expected = columns.get(column['name'])
            if 'refusal' in column:
                reason = column['refusal'].split(', which')[0].split(';')[0]
                refused[reason + (' (pyarrow refuses it, too)' if expected is None else '')].append(column['name'])
                continue
            expected = described.get(name) or (expected and text(expected)) or ('' if expected is not None else None)
            if expected is None: ours_only += 1
            elif column['cells'] == expected: equal += 1
            else:
                differences.append(f"{name}: {column['name']}: {column['cells'][:300]}  --  {expected[:300]}")
                refused['DIFFERS'].append(column['name'])
        read += equal + ours_only
        words = [f'{equal} equal'] if equal else []
        if ours_only: words.append(f'{ours_only} that pyarrow refuses')
        words += [f'{named(names)}: {reason}' for reason, names in refused.items()]
        status = 'reads in part' if refused and equal + ours_only else 'refused' if refused else 'reads'
        rows.append((name, status, '; '.join(words)))

    for row in rows: print(' | '.join(row))
    if report:
        alike = collections.Counter((name.split('/')[0], status, words) for name, status, words in rows)
        with open(report, 'w') as file:
            for name, status, words in rows:
                number = alike.pop((name.split('/')[0], status, words), 0)
                if name.startswith('shredded_variant/') and number > 1: name = f'{name} and {number - 1} more like it'
                elif name.startswith('shredded_variant/') and number == 0: continue
                file.write(f'| {name} | {status} | {words} |\n')
    for difference in differences: print('DIFFERENCE', difference)
    print(f'{read} columns read;', 'no differences' if not differences else f'{len(differences)} differences')
    """#
