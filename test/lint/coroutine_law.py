#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Finds co_await shapes that g++ 12.2 miscompiles (docs/style.md, coroutine law): a bracket matcher, no compiler.

Without arguments it reads every tracked C++ file; with arguments, those.
"""
import re, subprocess, sys
def clean(t):
    t=re.sub(r'//[^\n]*',lambda m:' '*len(m.group(0)),t)
    t=re.sub(r'"(?:\\.|[^"\\\n])*"',lambda m:'"'+' '*(len(m.group(0))-2)+'"',t)
    return re.sub(r'^[ \t]*#[^\n]*',lambda m:' '*len(m.group(0)),t,flags=re.M)
def block(t,i):  # is the '{' at i a code block (function, control, lambda body), not an initialiser?
    h=t[:i].rstrip()
    return bool(re.search(r'(\)|\belse|\bdo|\btry|\bconst|\bnoexcept|\boverride|\bfinal|;|\{|\})$',h) or re.search(r'->\s*[\w:<>,&*\s]+$',h) or re.search(r'\b(namespace|struct|class|enum)\b[^;{}()]*$',h))
def check(path):
    t=clean(open(path).read()); out=[]
    stack=[]; at={}
    for i,c in enumerate(t):
        if t.startswith('co_await',i): at[i]=list(stack)
        if c in '({[': stack.append(i)
        elif c in ')}]' and stack: stack.pop()
    for i,st in at.items():
        line=t.count('\n',0,i)+1; why=None
        j=len(st)
        while j and not (t[st[j-1]]=='{' and block(t,st[j-1])):
            o=st[j-1]
            if t[o]=='{': why='co_await inside braces'
            if t[o]=='(' :
                m=re.search(r'\b(if|while|switch)\s*(constexpr\s*)?$',t[:o])
                if m:
                    d=0;last=o
                    for k in range(o+1,i):
                        if t[k] in '({[': d+=1
                        elif t[k] in ')}]': d-=1
                        elif t[k]==';' and d==0: last=k
                    # init-statement iff another ';' follows before the closing paren
                    d=0;k=i;init=False
                    while k<len(t):
                        if t[k] in '({[': d+=1
                        elif t[k] in ')}]':
                            d-=1
                            if d<0 and st[-1]==o: break
                            if d<-len(st): break
                        elif t[k]==';': init=True;break
                        k+=1
                    if not init: why=f'co_await in the condition of {m.group(1)}'
            j-=1
        base=st[j-1] if j else -1
        d=0;e=i
        while e<len(t):
            if t[e] in '({[': d+=1
            elif t[e] in ')}]':
                d-=1
                if d<-(len(st)-j): break
            elif t[e]==';' and d<=0: break
            e+=1
        d=0;b=i
        while b>base+1 and not (t[b] in ';}' or (t[b]=='{' and block(t,b))): b-=1
        s=t[b:e]
        if not why and re.search(r'\?[^?]',s): why='?: beside co_await'
        if not why and re.search(r'\[[^\]]*\]\s*(\(|\{|<)',s[i-b:]): why='lambda beside co_await'
        if not why and '{' in s[i-b:]: why='braced temporary beside co_await'
        if why: out.append((line,why))
    return out
if __name__ == '__main__':
    found = 0
    paths = sys.argv[1:] or subprocess.run(['git', 'ls-files', '*.cpp', '*.hpp'], capture_output=True, text=True, check=True).stdout.split()
    for path in paths:
        for line, why in check(path):
            print(f'{path}:{line}: coroutine law: {why}; await into a named local first')
            found += 1
    sys.exit(found > 0)
