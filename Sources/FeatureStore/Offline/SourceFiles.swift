import Columnar
import Foundation

/// The files behind a source, and which of them hold rows that the view does not have yet.
enum SourceFiles {
    /// A file to read, and how the catalog will remember it.
    struct Candidate {
        /// Relative to the project, as messages name it.
        let path: String
        let record: IngestedFile
    }

    /// The paths that match `pattern`, sorted; relative patterns start at the project's root.
    ///
    /// - Throws: `DataError` if nothing matches, or a match is a folder.
    static func matching(_ pattern: String, root: String) throws(DataError) -> [String] {
        let absolute = absolutePath(pattern, root: root)
        var results = glob_t()
        defer { globfree(&results) }
        let status = glob(absolute, 0, nil, &results)
        guard status == 0 else {
            if status == GLOB_NOMATCH {
                throw DataError("no such file; check the source's path (it is relative to the project)", file: pattern)
            }
            throw DataError("cannot be listed (\(String(cString: strerror(errno))))", file: pattern)
        }
        var paths: [String] = []
        for i in 0..<Int(results.gl_pathc) {
            guard let path = results.gl_pathv[i].map({ String(cString: $0) }) else { continue }
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
                throw DataError("is a folder; name its files, for example \(pattern)/*.parquet", file: pattern)
            }
            paths.append(pathInProject(path, root: root))
        }
        return paths.sorted()
    }

    /// Those of `paths` that are new or whose content changed, compared with what the view holds.
    ///
    /// A file of the same size and modification time counts as unchanged; otherwise its checksum decides.
    /// `untouched` receives files whose content is known though their times differ.
    static func unread(
        _ paths: [String], root: String, known: [String: IngestedFile], untouched: (IngestedFile) throws -> Void
    ) throws -> [Candidate] {
        var candidates: [Candidate] = []
        for path in paths {
            let absolute = absolutePath(path, root: root)
            var status = stat()
            guard stat(absolute, &status) == 0 else {
                throw DataError("cannot be read (\(String(cString: strerror(errno))))", file: path)
            }
            let modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
            let size = Int64(status.st_size)
            if let seen = known[path], seen.size == size, seen.modifiedNanoseconds == modified { continue }
            let checksum = try Checksum(ofFile: absolute)
            let record = IngestedFile(
                path: path, size: size, modifiedNanoseconds: modified, checksum: checksum.description)
            if let seen = known[path], try checksum.matches(seen.checksum, ofFile: absolute) {
                try untouched(record)
            } else {
                candidates.append(Candidate(path: path, record: record))
            }
        }
        return candidates
    }

    /// The path as messages and the catalog name it: relative to the project if it lies in it.
    static func pathInProject(_ path: String, root: String) -> String {
        path.hasPrefix(root + "/") ? String(path.dropFirst(root.count + 1)) : path
    }

    static func absolutePath(_ path: String, root: String) -> String {
        path.hasPrefix("/") ? path : root + "/" + path
    }
}
